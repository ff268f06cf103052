# a silent user over the late May bank holiday
# rules: REM-1, REM-2, RES-1, RES-4
at     2026-05-21 15:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi                  state Awaiting User Info
wait   24h working                                      expect mail to alice template reminder1   at 2026-05-22 15:00
wait   24h working                                      expect mail to alice template reminder2   at 2026-05-26 15:00
wait   24h working                                      expect mail to alice template reminder3   at 2026-05-27 15:00
wait   24h working                                      expect mail to alice template resolved_no_response   at 2026-05-28 15:00   state Resolved
wait   72h                                              expect mail to alice template closed   at 2026-05-31 15:00   state Closed
