# an out-of-office told by its header stops nothing
# rules: RFI-3, LOOP-1
at     2026-03-03 09:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
wait   1h
mail   reply to last template rfi header "Auto-Submitted: auto-replied" body "I am away. Contact number: 020 7946 0123"
state  Awaiting User Info         expect no mail           timer reminder at 2026-03-04 09:00
