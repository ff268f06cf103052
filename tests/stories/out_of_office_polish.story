# an out-of-office in polish, told by its subject alone, stops nothing and is not answered
# rules: RFI-3, LOOP-1
at     2026-03-03 09:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
wait   24h                        expect mail to alice template reminder1
mail   reply to last template reminder1 subject "Automatyczna odpowiedź: [INC0000001] Reminder 1 of 3" body "Jestem poza biurem do poniedziałku."
state  Awaiting User Info         expect no mail           timer reminder at 2026-03-05 09:00
wait   24h                        expect mail to alice template reminder2    at 2026-03-05 09:00
