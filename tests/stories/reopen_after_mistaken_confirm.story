# a confirm pressed by mistake does no harm: the re-open link acts until the 72 hours are over
# rules: RES-3, RES-4
at     2026-03-03 09:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
agent  bob resolves "We put new toner in."        expect mail to alice template resolved
click  confirm link in last template resolved     page says "Your request is closed"    state Closed    expect mail to alice template closed
click  confirm link in last template resolved     page says "closed already"            state Closed    expect no mail
wait   2d
click  reopen link in last template resolved      state In Progress                     expect mail to alice template reopened
click  confirm link in last template resolved     page says "Your request is open again"    state In Progress
