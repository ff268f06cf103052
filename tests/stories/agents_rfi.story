# an agent's question: answered by any words of the requester; a second question unites with the first and starts the clock anew
# rules: RFI-1, RFI-2, RFI-5, AGT-6
at     2026-03-03 09:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "Contact number: 020 7946 0123\nNumber of affected users: 1\nAffected users' email addresses: alice@trust.example\nIssue description: the printer on ward 7 prints blank pages since Monday"
expect mail to alice template ack                       state In Progress
agent  bob rfi "Which floor?"     expect mail to alice template rfi      state Awaiting User Info    timer reminder at 2026-03-04 09:00
wait   5h
agent  bob notes "He may be on leave."                  timer reminder at 2026-03-04 09:00
agent  bob replies "We are on it."                      expect mail to alice template reply     timer reminder at 2026-03-04 09:00
agent  carol rfi "Which tray?"    expect mail to alice template rfi      timer reminder at 2026-03-04 14:00
agent  bob extends 5d             timer reminder at 2026-03-09 14:00    expect no mail
mail   reply to last template rfi body "second floor, tray 2"
state  In Progress                timer none               told "The requester answered" "second floor, tray 2"
