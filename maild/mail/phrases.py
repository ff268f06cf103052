"""Tables of phrases as people can read them: one text, its phrases parted by ``|``."""

from __future__ import annotations


def phrases(text: str) -> tuple[str, ...]:
    """Return the phrases of a table, which ``|`` parts."""
    return tuple(" ".join(part.split()) for part in text.split("|") if part.strip())
