# a late answer after the automatic resolution: answered once with the link, and what is missing then still shows
# rules: RES-5, RES-4
at     2026-03-03 15:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
wait   96h working                expect mail to alice template reminder1, reminder2, reminder3, resolved_no_response
wait   5h
mail   reply to last template rfi body "sorry, I was away; it is still broken"
expect mail to alice template reply_not_reopened      state Resolved      look "reply to a resolved ticket"
mail   reply to last template resolved_no_response body "hello, anybody there? my number is 020 7946 0123"
expect no mail                    state Resolved
click  reopen link in last template reply_not_reopened reason "away until today"
state  In Progress                expect mail to alice template reopened      flags incomplete      told "Re-opened" "away until today"
