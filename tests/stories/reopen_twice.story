# the link pressed twice re-opens once
# rules: RES-3, RES-4
at     2026-03-03 09:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
agent  bob assigns messaging
agent  bob resolves "We put new toner in."        expect mail to alice template resolved
click  reopen link in last template resolved      page says "We have re-opened your request"     expect mail to alice template reopened
click  reopen link in last template resolved      page says "Your request is open already"       expect no mail
state  In Progress                told "Re-opened"
