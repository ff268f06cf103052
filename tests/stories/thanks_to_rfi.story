# a bare thank-you to the RFI is no answer: the clock runs on
# rules: RFI-2, STA-3
at     2026-03-03 09:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
wait   2h
mail   reply to last template ack body "Thanks!"
state  Awaiting User Info         look "thanks"               timer reminder at 2026-03-04 09:00
wait   22h                        expect mail to alice template reminder1    at 2026-03-04 09:00
