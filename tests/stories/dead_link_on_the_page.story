# a press that comes too late changes nothing, but the team reads that somebody still needs help, and what he typed
# rules: RES-3, STA-3, AGT-2
at     2026-03-03 09:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
agent  bob assigns messaging
agent  bob resolves "We put new toner in."        expect mail to alice template resolved
wait   73h                        expect mail to alice template closed    state Closed
click  reopen link in last template resolved reason "prints blank pages"     page says "The time to re-open is over"
state  Closed                     expect no mail
told   "A re-open link was tried that no longer acts" "the time to re-open was over" "prints blank pages"
journal "prints blank pages"      journal "expired"
click  reopen link in last template resolved reason "prints blank pages"
click  reopen link in last template resolved reason "is anybody there?"
told   "is anybody there?"
click  reopen link in last template resolved reason "hello?"
told   "hello?"
click  reopen link in last template resolved reason "hello??"
told   "hello?"                   state Closed
