# re-open at 71 hours 59 minutes, over the change to summer time: hours elapse, whatever the clock on the wall says
# rules: RES-3, RES-4
at     2026-03-27 12:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
agent  bob resolves "We put new toner in."        expect mail to alice template resolved    timer close at 2026-03-30 13:00
at     2026-03-30 12:59           state Resolved
click  reopen link in last template resolved      page says "We have re-opened your request"
state  In Progress                expect mail to alice template reopened
