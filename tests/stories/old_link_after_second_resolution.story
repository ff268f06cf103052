# an old link is dead after a second resolution; the newest mail's link acts
# rules: RES-3
at     2026-03-03 09:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
agent  bob resolves "We put new toner in."        expect mail to alice template resolved
click  reopen link in first template resolved     expect mail to alice template reopened
agent  bob resolves "We changed the drum."        expect mail to alice template resolved     state Resolved
click  reopen link in first template resolved     page says "This link is from an older mail"    page hides "INC0000001"    state Resolved
click  confirm link in first template resolved    page says "This link is from an older mail"    state Resolved
click  reopen link in last template resolved      state In Progress        expect mail to alice template reopened
