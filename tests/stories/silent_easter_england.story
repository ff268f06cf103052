# a silent user over Easter in England: Good Friday and Easter Monday do not count
# rules: REM-1, REM-2
at     2026-04-01 10:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
wait   24h working                expect mail to alice template reminder1               at 2026-04-02 10:00
wait   24h working                expect mail to alice template reminder2               at 2026-04-07 10:00
wait   24h working                expect mail to alice template reminder3               at 2026-04-08 10:00
wait   24h working                expect mail to alice template resolved_no_response    at 2026-04-09 10:00    state Resolved
