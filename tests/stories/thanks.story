# a bare thank-you to the resolution mail is not answered, and the ticket closes by itself
# rules: RES-4, RES-5
at     2026-03-03 09:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
agent  bob resolves "We put new toner in."        expect mail to alice template resolved
mail   reply to last body "Thank you so much!\n\nAlice"
state  Resolved                   expect no mail              look "thanks"
wait   72h                        expect mail to alice template closed    state Closed
