# a link by mail that no longer acts is answered with why and what to do, once a day
# rules: RES-3, STA-3
at     2026-03-03 09:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
agent  bob resolves "We put new toner in."        expect mail to alice template resolved
wait   73h                        expect mail to alice template closed    state Closed
click  reopen link in last template resolved by mail reason "it is broken again"
expect mail to alice template closed    state Closed    look "a re-open link that no longer acts"
told   "A re-open link was tried that no longer acts" "The requester, Alice <alice@trust.example>, tried to re-open it" "it is broken again"
journal "a re-open link that no longer acts"
click  reopen link in last template resolved by mail    expect no mail                          state Closed
