# an answer one minute after the third reminder's deadline does not re-open the ticket, but is kept and counts once it is re-opened
# rules: REM-1, RES-4, RES-5
at     2026-03-03 15:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
wait   96h working                expect mail to alice template reminder1, reminder2, reminder3, resolved_no_response    state Resolved
wait   1m
mail   reply to last template reminder3 body "Contact number: 020 7946 0123\nNumber of affected users: 1\nAffected users' email addresses: alice@trust.example\nIssue description: the printer on ward 7 prints blank pages since Monday"
state  Resolved                   expect mail to alice template reply_not_reopened
click  reopen link in last template reply_not_reopened      state In Progress
expect mail to alice template reopened                      flags none
