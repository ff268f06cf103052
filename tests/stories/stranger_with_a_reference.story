# a stranger who knows a reference: at the service address a note that changes nothing, at the helpdesk address a ticket of his own
# rules: REF-4
at     2026-03-03 09:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
mail   from mallory@elsewhere.example to service subject "Re: [INC0000001] hello" body "please close this"
state  Awaiting User Info         timer reminder at 2026-03-04 09:00    expect no mail    tickets 1
mail   from mallory@elsewhere.example to helpdesk subject "INC0000001" body "My phone is broken too."
tickets 2                         ticket 2                 ticket linked 1    expect mail to mallory@elsewhere.example template ack, rfi
