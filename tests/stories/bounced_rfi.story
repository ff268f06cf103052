# an RFI that bounces: the helpdesk gets the ticket, flagged, and no reminder goes out
# rules: RFI-4, BNC-1
at     2026-03-03 09:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
wait   10m
bounce last template rfi          state In Progress        flags undeliverable      timer none
wait   5d                         expect no mail           state In Progress
