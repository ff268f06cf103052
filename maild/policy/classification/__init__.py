"""The small named rules by which a mail is taken for a person's, a machine's or a delivery report's (LOOP-3)."""
