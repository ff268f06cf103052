"""A mail's text, split into what its author wrote now and what is folded away."""

from __future__ import annotations

from collections.abc import Iterator

from maild.mail.message import Address
from maild.mail.replies import markup
from maild.mail.replies.form import PROCEDURE_FORM, Found, Labels, answers_in
from maild.mail.replies.lines import folded, level_of, lines_of, plain, unquoted
from maild.mail.replies.notices import mark_banners, mark_disclaimers, mark_footers
from maild.mail.replies.quotes import mark_quotes
from maild.mail.replies.reply import Kind, NewLine, Reply
from maild.mail.replies.signatures import mark_above_form, mark_signatures

_LABELS: dict[tuple[str, ...], Labels] = {}


def split(text: str, html: str = "", *, author: str = "", form: tuple[str, ...] = PROCEDURE_FORM) -> Reply:
    """Return what the person wrote now, and what is folded away, of a mail's text.

    Args:
        text: the whole text body as a person reads it.
        html: the HTML part it came from or stands beside, whose own marks settle doubts.
        author: the sender's name and address (``Meg Pryce <meg@…>``), by which a signature is known.
        form: the labels of the form that our mails carry; answers typed behind them in the quote are new text.

    Source: MDS-2. Linear in the input, line by line; nothing is thrown away.
    """
    lines = lines_of(text)
    kinds = [Kind.TEXT] * len(lines)
    open_start = mark_quotes(lines, kinds)
    if open_start == len(lines) and html and Kind.QUOTE not in kinds:
        open_start = _mark_by_markup(lines, kinds, html)
    labels = _labels(form)
    _mark_broken_quotes(lines, kinds, labels)
    mark_banners(lines, kinds)
    mark_footers(lines, kinds)
    mark_disclaimers(lines, kinds)
    mark_signatures(lines, kinds, author, markup.signature_lines(html) if "ignature" in html else frozenset())
    mark_above_form(lines, kinds, author, lambda index: labels.at(lines, index, len(lines)) is not None)
    found = answers_in(lines, kinds, labels)
    return _reply(lines, kinds, found, _images(lines, kinds, html))


def author_of(sender: Address | None) -> str:
    """Return the sender as ``split`` wants its author: name and address."""
    return f"{sender.name} <{sender.address}>" if sender else ""


def _labels(form: tuple[str, ...]) -> Labels:
    if form not in _LABELS:
        if len(_LABELS) > 16:
            _LABELS.clear()
        _LABELS[form] = Labels(form)
    return _LABELS[form]


def _mark_by_markup(lines: list[str], kinds: list[Kind], html: str) -> int:
    """Mark as quoted what the HTML marks so, where the text shows no sign of it; return where that begins."""
    wanted = markup.quote_start(html)
    if not wanted:
        return len(lines)
    for index, line in enumerate(lines):
        if plain(line) == wanted[0] and _follows(lines, index, wanted):
            for at in range(index, len(lines)):
                kinds[at] = Kind.QUOTE
            return index
    return len(lines)


def _follows(lines: list[str], index: int, wanted: tuple[str, ...]) -> bool:
    filled = [plain(line) for line in lines[index : index + 12] if line.strip()]
    return tuple(filled[: len(wanted)]) == wanted


def _mark_broken_quotes(lines: list[str], kinds: list[Kind], labels: Labels) -> None:
    """Mark the rest of a form's label that a client wrapped onto a line of its own, without ``>``."""
    for index in range(1, len(lines)):
        if kinds[index] is Kind.TEXT and kinds[index - 1] is Kind.QUOTE and lines[index].strip() and level_of(lines[index - 1]) == 1:
            above = unquoted(lines[index - 1])
            if len(above) > 50 and not above.rstrip().endswith((":", ".")) and labels.at([above, lines[index]], 0, 2):
                kinds[index] = Kind.QUOTE


def _images(lines: list[str], kinds: list[Kind], html: str) -> list[tuple[str, Kind]]:
    """Return the pictures of the mail in their order, each with what it stands in."""
    found = [(name, kinds[index]) for index, line in enumerate(lines) if "[" in line for name in markup.images_in(line)]
    if not found and "cid:" in html:
        kind_of = {plain(line): kind for line, kind in zip(reversed(lines), reversed(kinds), strict=True) if line.strip()}
        found = [(name, kind_of.get(before, Kind.SIGNATURE)) for name, before in markup.images_after(html)]
    return list(dict(found).items())


def _reply(lines: list[str], kinds: list[Kind], found: Found, images: list[tuple[str, Kind]]) -> Reply:
    new = tuple(_new_lines(lines, kinds, found))
    return Reply(
        new_text=_joined(new, found),
        lines=new,
        answers=found.answers,
        asked=found.asked,
        folded=folded(kinds, lines),
        inline_images=tuple(name for name, kind in images if kind is Kind.TEXT),
        images=tuple(name for name, _ in images),
    )


def _new_lines(lines: list[str], kinds: list[Kind], found: Found) -> Iterator[NewLine]:
    """Yield the lines of the new text, of blank lines in a row the first two."""
    blanks = 0
    for index, line in enumerate(lines):
        if kinds[index] is not Kind.TEXT or index in found.taken or ("[" in line and markup.images_in(line)):
            continue
        blanks = 0 if line and not line.isspace() else blanks + 1
        if blanks <= 2:
            yield NewLine(number=index + 1, text=line)


def _joined(new: tuple[NewLine, ...], found: Found) -> str:
    """Return the new lines and the answers in the order of the mail, with single blank lines."""
    said = [(line.number, line.text) for line in new]
    said += [(answer.number, f"{answer.label}: {answer.value}") for answer in found.answers]
    kept: list[str] = []
    for _, text in sorted(said, key=lambda entry: entry[0]):
        if text.strip() or (kept and kept[-1].strip()):
            kept.append(text)
    return "\n".join(kept).strip()
