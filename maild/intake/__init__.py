"""The doors through which mail comes in: bytes to a committed inbox row, and nothing else before the 250 (INT-3)."""
