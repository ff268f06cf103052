# people send the other half at once: the second mail completes the ticket, and nobody is asked again
# rules: MDS-5, RFI-2
at     2026-03-03 09:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
wait   2h
mail   reply to last template rfi body "Contact number: 020 7946 0123"
state  In Progress                timer settle at 2026-03-03 11:15    expect no mail
wait   5m
mail   reply to last template rfi body "Number of affected users: 1\nAffected users' email addresses: alice@trust.example\nIssue description: the printer on ward 7 prints blank pages since Monday"
state  In Progress                timer none                          flags none
wait   10d                        expect no mail
