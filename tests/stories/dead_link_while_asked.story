# an old re-open link, by mail, while a question of ours waits for an answer: what is to be done is to answer it
# rules: RES-3, RFI-1
at     2026-03-03 09:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
agent  bob resolves "We put new toner in."        expect mail to alice template resolved
agent  bob rfi "Which ward is it?"               expect mail to alice template rfi    state Awaiting User Info
click  reopen link in last template resolved by mail    expect mail to alice template rfi    state Awaiting User Info
click  reopen link in last template resolved by mail    expect no mail                       state Awaiting User Info
