"""The Minimum Data Set: what a mail gives, and what is missing (MDS-1 to MDS-7).

Nothing is imported here: the rules are read without the extractor.
"""
