"""The policy of the helpdesk, as pure functions. Nothing here does IO, reads a clock, draws a random number or logs."""
