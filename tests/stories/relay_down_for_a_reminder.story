# the relay is down over two reminders: one goes out when it is back, and the next comes a full span after it
# rules: RFI-4, REM-1
at     2026-03-03 09:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
relay  down
at     2026-03-06 08:00           expect no mail            state Awaiting User Info
relay  up
at     2026-03-06 12:30           expect mail to alice template reminder1
at     2026-03-09 08:00           expect no mail
wait   5h                         expect mail to alice template reminder2
