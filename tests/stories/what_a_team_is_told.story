# a team reads who wrote, who else is on the ticket, which mail of ours did not arrive and why, and who re-opened it, when and why
# rules: AGT-2, REF-7, RES-4
at     2026-03-03 09:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken" header "Cc: Carol <carol@trust.example>"
expect mail to alice template ack, rfi
agent  bob assigns "messaging"    told "Tuesday 3 March, 09:00: bob gave it to your team." "Copied in:  carol@trust.example"
told   "Requester:  Alice <alice@trust.example>" "request of alice@trust.example received by email"
wait   1h
mail   reply to last from carol@trust.example body "It is the one in room 7."
told   "A participant answered" "Tuesday 3 March, 10:00: A participant, Carol <carol@trust.example>, answered our question."
told   "WHAT IS NEW (from Carol <carol@trust.example>)" "room 7"
agent  bob resolves "We put new toner in."        expect mail to alice template resolved
wait   1h
click  reopen link in last template resolved reason "prints blank pages"
state  In Progress                expect mail to alice template reopened
told   "Re-opened" "11:00: The requester, Alice <alice@trust.example>, re-opened it on the page" "gave the reason below" "prints blank pages"
told   "re-opened with the link, on its page; In Progress" "bob resolved it; Resolved"
agent  bob resolves "Cleaned it."                 expect mail to alice template resolved
click  reopen link in last template resolved by mail reason "still blank"
state  In Progress                expect mail to alice template reopened
told   "The requester, Alice <alice@trust.example>, re-opened it with the link by mail and gave the reason below." "still blank"
agent  bob resolves "Cleaned it again."           expect mail to alice template resolved
agent  bob reopens "wrong ticket"                 expect mail to alice template reopened
told   "bob re-opened it and gave the reason below." "wrong ticket"
