# unprompted mail to the service address makes no ticket; its sender is told where to write, once a day
# rules: SVC-2
at     2026-03-03 09:00
mail   from alice@trust.example to service subject "Printer down" body "it is broken"
tickets 0                         expect mail to alice template unprompted    look "unprompted"
mail   from alice@trust.example to service subject "Printer down!" body "hello?"
tickets 0                         expect no mail
