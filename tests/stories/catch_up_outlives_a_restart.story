# a daemon that is started again during the catch-up still waits for its end
# rules: REM-8
at     2026-03-03 16:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
at     2026-03-04 10:00           daemon stops
at     2026-03-06 10:00           daemon starts
wait   5m                         daemon stops
wait   1m                         daemon starts
at     2026-03-06 11:14           expect no mail
wait   1m                         expect mail to alice template reminder1    at 2026-03-06 11:15
