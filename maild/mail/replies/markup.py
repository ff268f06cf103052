"""What the HTML part says that its text does not: where the quote begins, what is a signature, which pictures stand in the text.

Clients mark these: ``gmail_quote``, ``divRplyFwdMsg``, ``appendonsend``, ``blockquote type="cite"``, Outlook's ``border-top`` rule,
``gmail_signature``, ``ms-outlook-mobile-signature``, ``moz-signature``. The marks are found by position, without a tree, and used
only where the text alone leaves a doubt.
"""

from __future__ import annotations

import re

from maild.mail.body import html_to_text
from maild.mail.replies.lines import lines_of, plain

_MOST = 400_000  # characters of HTML that are looked at
_AFTER = 6_000  # characters behind a mark whose text is compared
_QUOTE = re.compile(
    r"<(?:div|blockquote|hr|span)\s[^<>]{0,300}?(?:gmail_quote|divRplyFwdMsg|appendonsend|type=[\"']?cite|moz-cite-prefix|yahoo_quoted|"
    r"protonmail_quote|mail-editor-reference-message|stopSpelling|border:none;\s?border-top:\s?solid #(?:E1E1E1|B5C4DF))",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(
    r"<(?:div|pre|table|p)\s[^<>]{0,300}?(?:gmail_signature|ms-outlook-mobile-signature|moz-signature|id=[\"']?signature[\"'\s>])",
    re.IGNORECASE,
)
_IMAGE = re.compile(r"<img\s[^<>]{0,600}?src\s?=\s?[\"']?cid:([^\"'\s<>]{1,200})", re.IGNORECASE)
_IMAGES = 20


def quote_start(html: str) -> tuple[str, ...]:
    """Return the first lines (as ``plain``) of what ``html`` marks as quoted, () where it marks nothing."""
    mark = _QUOTE.search(html, 0, _MOST)
    return _plain_lines(html[mark.start() : mark.start() + _AFTER])[:3] if mark else ()


def signature_lines(html: str) -> frozenset[str]:
    """Return the lines (as ``plain``) of what ``html`` marks as the author's signature."""
    mark = _SIGNATURE.search(html, 0, _MOST)
    if mark is None:
        return frozenset()
    quote = _QUOTE.search(html, 0, _MOST)
    if quote is not None and quote.start() < mark.start():
        return frozenset()
    end = min(mark.start() + _AFTER, quote.start() if quote else len(html))
    return frozenset(_plain_lines(html[mark.start() : end]))


def images_after(html: str) -> tuple[tuple[str, str], ...]:
    """Return (file name or Content-ID, the last line of text before it as ``plain``) of each picture shown by Content-ID."""
    found = []
    for image in list(_IMAGE.finditer(html, 0, _MOST))[:_IMAGES]:
        before = _plain_lines(html[max(0, image.start() - _AFTER) : image.start()])
        found.append((image.group(1), before[-1] if before else ""))
    return tuple(found)


def images_in(line: str) -> tuple[str, ...]:
    """Return the pictures that a line of text stands for: ``[cid:image001.png@01DB]``, ``[image: a.png]``."""
    text = line.strip()
    if not (text.startswith("[") and text.endswith("]") and len(text) < 200):
        return ()
    kind, colon, name = text[1:-1].partition(":")
    return (name.strip(),) if colon and kind.lower() in ("cid", "image", "inline image") else ()


def _plain_lines(html: str) -> tuple[str, ...]:
    cut = html.find(">") if not html.lstrip().startswith("<") else -1
    return tuple(plain(line) for line in lines_of(html_to_text(html[cut + 1 :])) if line.strip())
