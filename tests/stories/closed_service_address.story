# a reply on a closed ticket to the service address is filed, and its sender told how to raise a new one, once a day
# rules: RES-6, STA-3, AGT-2
at     2026-03-03 09:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
agent  bob resolves "We put new toner in."        expect mail to alice template resolved
wait   4d                         expect mail to alice template closed    state Closed
mail   reply to last template resolved body "It does the same again."
expect mail to alice template closed                     state Closed          tickets 1      look "mail to a closed ticket"
told   "The requester wrote although it is closed" "It does the same again."     journal "mail to a closed ticket"
mail   reply to last template resolved body "Hello?"     expect no mail        state Closed
wait   25h
mail   reply to last template resolved body "Hello??"    expect mail to alice template closed
