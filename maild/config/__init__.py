"""The administrator's files, read into frozen rules and settings.

``maild.config.load.load`` reads a folder; everything below sees only dataclasses. pydantic stays inside this package, and every mistake is
found in one go, with its file, line and key (OPS-2).
"""
