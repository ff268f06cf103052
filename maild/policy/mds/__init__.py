"""The Minimum Data Set: what a mail gives, and what is missing (MDS-1 to MDS-7)."""
