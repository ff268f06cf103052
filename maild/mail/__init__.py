"""Mail as data: bytes in, frozen values out. Nothing here does IO, reads a clock, draws a random number or logs."""
