# re-open at 72 hours 1 minute, over the change to winter time: closed, and the page says what to do
# rules: RES-3, RES-4
at     2026-10-24 12:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
agent  bob resolves "We put new toner in."        expect mail to alice template resolved    timer close at 2026-10-27 11:00
at     2026-10-27 11:01           state Closed                expect mail to alice template closed    at 2026-10-27 11:00
click  reopen link in last template resolved      page says "The time to re-open is over"    page says "helpdesk@desk.example"
state  Closed                     expect no mail
