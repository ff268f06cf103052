# the user answers by telephone: an agent takes the ticket back, and no reminder follows; a cancelled ticket is silent too
# rules: RFI-5, REM-1
at     2026-03-03 09:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
agent  bob reopens "she called"   state In Progress        timer none
mail   from carol@trust.example to helpdesk subject "Buy my pills" body "cheap"
ticket 2                          expect mail to carol template ack, rfi
agent  bob cancels "spam"         state Cancelled          timer none
wait   10d                        expect no mail
agent  bob closes refused         state Cancelled
