# "thanks, but" is no thank-you: it is answered with the link
# rules: RES-5
at     2026-03-03 09:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
agent  bob resolves "We put new toner in."        expect mail to alice template resolved
mail   reply to last body "Thanks, but it still prints blank pages."
state  Resolved                   expect mail to alice template reply_not_reopened
