# the wall clock is set back an hour, put right, and set forward a month: the timers wait, with an alert
# rules: OPS-12
at     2026-03-03 09:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi        alert none
wall   clock back 1h              alert clock
wall   clock forward 1h           alert none
wall   clock forward 30d          alert clock            expect no mail        state Awaiting User Info
wait   1h                         expect no mail
daemon stops                      daemon starts          alert clock           expect no mail
wall   clock back 30d             alert none
at     2026-03-04 09:00           expect mail to alice template reminder1    at 2026-03-04 09:00
