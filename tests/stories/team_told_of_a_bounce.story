# the team reads which mail of ours did not arrive, at which address, and the reason that the other server or our relay gave
# rules: AGT-2, BNC-1, RFI-4
at     2026-03-03 09:00
mail   from alice@trust.example to helpdesk subject "Printer down" body "it is broken"
expect mail to alice template ack, rfi
bounce last template rfi          state In Progress        flags undeliverable
told   "Our question to alice@trust.example was not delivered: there is no such mailbox (550 5.1.1 no such user)."
told   "Flags:      a mail of ours was not delivered"
journal "no such user"
relay  refuses alice
agent  bob replies "Please call us."
told   "Our reply to alice@trust.example was not delivered: there is no such mailbox (550 5.1.1 no such user)."
