"""The workers: inbox to desk, due timers to desk, outbox to relay."""
