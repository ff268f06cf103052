# a bare thank-you is not answered; its team is told, as of every mail of a person that changes no state
# rules: STA-3, RES-5, RFI-2, RES-6
at     2026-03-03 09:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
agent  bob assigns messaging
agent  bob rfi "Which ward is it?"                expect mail to alice template rfi
mail   reply to last body "Thanks!"               state Awaiting User Info    expect no mail
told   "The requester said thank you" "Nothing was changed."    look "thanks"    journal "thanks"
agent  bob resolves "We put new toner in."        expect mail to alice template resolved
mail   reply to last body "Thank you. When may I collect it?"
expect mail to alice template reply_not_reopened
told   "The requester replied to the resolution" "When may I collect it?" "It stays resolved"
wait   3d                         expect mail to alice template closed    state Closed
mail   reply to last template resolved body "Many thanks"                     expect no mail    state Closed
told   "The requester said thank you"
