# a mail scanner looks at every link a hundred times, in every way that is no person's press: nothing happens
# rules: RES-2
at     2026-03-03 09:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
agent  bob resolves "We put new toner in."        expect mail to alice template resolved
scan   links in last template resolved 100 times  state Resolved        expect no mail
click  reopen link in last template resolved      state In Progress     expect mail to alice template reopened
