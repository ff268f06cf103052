# the mailto form of the link needs no web server: the token in the subject of a new mail re-opens
# rules: RES-2, RES-3, RES-4
at     2026-03-03 09:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
agent  bob resolves "We put new toner in."        expect mail to alice template resolved
click  reopen link in last template resolved by mail
state  In Progress                expect mail to alice template reopened
mail   reply to last template reopened body "it prints blank pages since this morning"
state  In Progress                expect no mail        told "it prints blank pages"
