# a resolution mail that bounces holds the window: the ticket does not close behind its requester's back
# rules: RES-3, BNC-1
at     2026-03-03 09:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
agent  bob resolves "We put new toner in."        expect mail to alice template resolved
bounce last template resolved     state Resolved           flags undeliverable      timer none
wait   5d                         state Resolved           expect no mail
click  reopen link in last template resolved      state In Progress    expect mail to alice template reopened
