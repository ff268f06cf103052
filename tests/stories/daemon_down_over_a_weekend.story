# the daemon is down over a weekend; the answer waits in the sender's queue until half an hour after the start, and counts
# rules: REM-8, RFI-2
at     2026-03-05 16:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi        timer reminder at 2026-03-06 16:00
at     2026-03-06 14:00
daemon stops
at     2026-03-06 15:30
mail   reply to last template rfi body "Contact number: 020 7946 0123\nNumber of affected users: 1\nAffected users' email addresses: alice@trust.example\nIssue description: the printer on ward 7 prints blank pages since Monday"
at     2026-03-09 08:00
daemon starts
expect no mail                    state Awaiting User Info
wait   30m
deliver
state  In Progress                timer none
wait   5d                         expect no mail
