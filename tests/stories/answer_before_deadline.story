# an answer one minute before the third reminder's deadline stops the clock
# rules: REM-1, RFI-2, REM-8
at     2026-03-03 15:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
wait   72h working                expect mail to alice template reminder1, reminder2, reminder3
at     2026-03-09 14:59           state Awaiting User Info
mail   reply to last template reminder3 body "Contact number: 020 7946 0123\nNumber of affected users: 1\nAffected users' email addresses: alice@trust.example\nIssue description: the printer on ward 7 prints blank pages since Monday"
state  In Progress                timer none               told "The requester answered"
wait   10d                        expect no mail           state In Progress
