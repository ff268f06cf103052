# a bank holiday that is added while the daemon is down counts from its next start
# rules: REM-3
at     2026-03-03 15:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
daemon stops
config calendar add_days 2026-03-04 "A royal occasion"
wait   5m
daemon starts
timer  reminder at 2026-03-05 15:00
