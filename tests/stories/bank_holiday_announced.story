# a one-off bank holiday is announced while a clock runs: the reminder moves, and no day is counted twice
# rules: REM-3
at     2026-03-03 15:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi                  timer reminder at 2026-03-04 15:00
wait   2h
config calendar add_days 2026-03-04 "A royal occasion"  daemon reloads
timer  reminder at 2026-03-05 15:00
at     2026-03-05 14:59                                 expect no mail
wait   1m                                               expect mail to alice template reminder1    at 2026-03-05 15:00
