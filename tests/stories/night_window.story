# with a send window a reminder that is due at night goes out in the morning, and the next a full span after it
# rules: REM-6
config calendar send_window ["07:00","19:00"]           daemon reloads
at     2026-03-05 22:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi                  timer reminder at 2026-03-09 07:00
at     2026-03-09 07:00           expect mail to alice template reminder1    at 2026-03-09 07:00    timer reminder at 2026-03-10 07:00
