# a reply to the resolution mail does not re-open; it is answered once with the link, and the window does not move
# rules: RES-1, RES-2, RES-4, RES-5, STA-3
at     2026-03-03 09:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
agent  bob resolves "We put new toner in."
expect mail to alice template resolved        state Resolved        timer close at 2026-03-06 09:00
wait   1h
mail   reply to last body "still broken"
state  Resolved                   expect mail to alice template reply_not_reopened    timer close at 2026-03-06 09:00
told   "The requester replied to the resolution" "still broken"
mail   reply to last template resolved body "hello?"
state  Resolved                   expect no mail
click  reopen link in last template resolved reason "prints blank pages"
state  In Progress                expect mail to alice template reopened    journal "prints blank pages"    told "Re-opened" "prints blank pages"    timer none
