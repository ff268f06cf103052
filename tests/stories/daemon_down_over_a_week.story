# the daemon is down for a week: after the catch-up one reminder, and the next a full span later
# rules: REM-7, REM-8
at     2026-03-03 16:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
at     2026-03-04 10:00
daemon stops
at     2026-03-11 10:00
daemon starts
wait   1h                         expect no mail
wait   15m                        expect mail to alice template reminder1    at 2026-03-11 11:15
at     2026-03-12 11:14           expect no mail
wait   1m                         expect mail to alice template reminder2    at 2026-03-12 11:15
