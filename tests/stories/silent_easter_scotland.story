# a silent user over Easter in Scotland: Good Friday does not count, Easter Monday does
# rules: REM-1, REM-2
config calendar region_by_domain board.example SCT      daemon reloads
at     2026-04-01 10:00
mail   from morag@board.example to helpdesk subject "Printer down" body "it is broken"
expect mail to morag@board.example template ack, rfi
wait   24h working                expect mail to morag@board.example template reminder1               at 2026-04-02 10:00
wait   24h working                expect mail to morag@board.example template reminder2               at 2026-04-06 10:00
wait   24h working                expect mail to morag@board.example template reminder3               at 2026-04-07 10:00
wait   24h working                expect mail to morag@board.example template resolved_no_response    at 2026-04-08 10:00
