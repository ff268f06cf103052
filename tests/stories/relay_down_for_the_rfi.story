# the relay is down for two days while an RFI waits: the helpdesk gets the ticket, and nobody is resolved who was never asked
# rules: RFI-4
at     2026-03-03 09:00
relay  down
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
state  Awaiting User Info         timer rfi_unsent at 2026-03-03 13:00
wait   4h                         state In Progress         flags rfi_unsent         timer none
wait   44h                        expect no mail
relay  up
wait   5h                         expect mail to alice template ack, rfi
wait   10d                        expect no mail            state In Progress
mail   reply to last template rfi body "Contact number: 020 7946 0123"
state  In Progress
