# a link by mail that no longer acts is answered with why and what to do, once a day
# rules: RES-3
at     2026-03-03 09:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
agent  bob resolves "We put new toner in."        expect mail to alice template resolved
wait   73h                        expect mail to alice template closed    state Closed
click  reopen link in last template resolved by mail    expect mail to alice template closed    state Closed
click  reopen link in last template resolved by mail    expect no mail                          state Closed
