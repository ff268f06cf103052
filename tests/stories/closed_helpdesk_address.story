# mail to a closed ticket at the helpdesk address raises a new ticket, linked to the old one
# rules: RES-6
at     2026-03-03 09:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
agent  bob resolves "We put new toner in."        expect mail to alice template resolved
wait   4d                         expect mail to alice template closed    state Closed
mail   from alice@trust.example to helpdesk subject "Printer down again INC0000001" body "It does the same again."
tickets 2                         ticket 2                 ticket linked 1       expect mail to alice template ack, rfi
ticket 1                          state Closed
