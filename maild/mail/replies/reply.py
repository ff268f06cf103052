"""What a mail says, taken apart: the lines its author wrote now, and what is folded away.

A part keeps its line numbers in the text it came from, so that a value read from it can name its place (MDS-3).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a line of a mail is."""

    TEXT = "text"
    QUOTE = "quote"
    SIGNATURE = "signature"
    DISCLAIMER = "disclaimer"
    BANNER = "banner"
    FOOTER = "footer"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """One line of the new text: its number in the mail's text (from 1), and what it says."""

    number: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer typed inside the quoted form: the form's label, what was typed, and the number of the label's line."""

    label: str
    value: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """A run of lines that are not the author's new words: their kind, first and last line number, and text."""

    kind: Kind
    first: int
    last: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A mail's text as a careful reader sees it.

    ``lines`` are the lines the person wrote now, without the answers typed inside the quoted form, which are ``answers``;
    ``new_text`` is both, in the order of the mail. ``asked`` are the form labels found in the quoted text, answered or not.
    ``inline_images`` are the file names of pictures that stand in the new text (not in a signature);
    ``images`` are all, in the order of the mail.
    """

    new_text: str
    lines: tuple[NewLine, ...]
    answers: tuple[Answer, ...] = ()
    asked: tuple[str, ...] = ()
    folded: tuple[Folded, ...] = ()
    inline_images: tuple[str, ...] = ()
    images: tuple[str, ...] = ()

    def of(self, kind: Kind) -> tuple[Folded, ...]:
        """Return the folded parts of one kind, topmost first."""
        return tuple(part for part in self.folded if part.kind is kind)
