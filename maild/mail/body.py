"""Bodies as a person reads them: HTML to text, and format=flowed unfolded.

HTML is read by one pass over its tags, without a tree: real parsers take quadratic time over a nest of tags (64 kB of ``<div>`` cost the
usual C library 0.15 s, 128 kB 0.6 s), and their time cannot be bounded from outside. Nothing is lost that a browser shows; what it hides
(scripts, styles, preheaders) is dropped.
"""

from __future__ import annotations

import html as entities
import re
from dataclasses import dataclass, field

RULE = "_" * 32
_TABLES = 12  # nested tables that are read as tables
_QUOTES = 10

_NAME = re.compile(r"/?[A-Za-z][^\s/>\"'<]{0,60}")
_END = re.compile(r"[\"'>]")
_EMPTY_LINES = re.compile(r"\n{2,}")
_BLANK = re.compile(r"[ \t\n\r\f\v\xa0]+")
_HIDING = re.compile(
    r"display\s{0,4}:\s{0,4}none|visibility\s{0,4}:\s{0,4}hidden|mso-hide\s{0,4}:\s{0,4}all|"
    r"(?:max-height|font-size)\s{0,4}:\s{0,4}0(?:px|pt|em)?\s{0,4}(?:[;!\"']|\Z)|(?:^|\s)hidden(?:[\s=]|\Z)",
    re.IGNORECASE,
)
_HINTS = ("none", "hid", "max-height", "font-size")
_NUMBER = re.compile(r"start\s{0,4}=\s{0,4}[\"']?(\d{1,6})", re.IGNORECASE)
_ALT = re.compile(r"\salt\s{0,4}=\s{0,4}[\"']([^\"'<>]{1,8})[\"']", re.IGNORECASE)
_TIGHT = re.compile(r"class\s{0,4}=\s{0,4}[\"']?Mso|margin(?:-top|-bottom)?\s{0,4}:\s{0,4}0", re.IGNORECASE)
_RAW_END = {
    name: re.compile(rf"</{name}", re.IGNORECASE) for name in ("script", "style", "title", "xml", "template", "noscript", "svg", "textarea")
}
_VOID = frozenset(["area", "base", "br", "col", "embed", "frame", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"])
_BREAKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "div",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "header",
        "html",
        "legend",
        "li",
        "main",
        "nav",
        "option",
        "section",
        "summary",
        "tbody",
        "tfoot",
        "thead",
    ]
)
_SPACED = frozenset(["blockquote", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "ul"])


def html_to_text(html: str) -> str:
    """Return ``html`` as the lines a person reads.

    Blocks and ``<br>`` break lines; a list item is ``• item`` or ``1. item``; a table row is one line, its cells parted by a TAB
    (``Label<TAB>value``); what stands in a blockquote has ``> `` before each line; a rule is a line of underscores.
    """
    text = _Reader().read(html, hide=True)
    if not text and html:
        text = _Reader().read(html, hide=False)
    return text


@dataclass(slots=True)
class _Frame:
    """The lines of the page, or of one table cell."""

    lines: list[str] = field(default_factory=list)
    quotes: int = 0


@dataclass(slots=True)
class _Table:
    """An open table: the cells of its row so far, the number of frames outside it, and whether a blank line is due before it."""

    base: int
    gap: bool
    cells: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Reader:
    """One pass over an HTML text. ``line`` is the line under way."""

    frames: list[_Frame] = field(default_factory=lambda: [_Frame()])
    tables: list[_Table] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    lists: list[int] = field(default_factory=list)  # -1: bullets, else the next number
    pre: int = 0
    gap: bool = False  # a blank line is due before the next text
    tight: bool = False  # the paragraph under way has no margins
    mark: str = ""  # a list item's bullet, due before its text
    lead: str = ""  # the bullet of the line under way
    hidden: str = ""
    hidden_depth: int = 0

    def read(self, html: str, *, hide: bool) -> str:
        """Return the text of ``html``; with ``hide`` false also of what is styled away."""
        at = 0
        while True:
            start = html.find("<", at)
            if start < 0:
                self._text(html[at:])
                break
            if start > at:
                self._text(html[at:start])
            at = self._markup(html, start, hide)
        self._break()
        while self.tables:
            self._close_table()
        return "\n".join(self.frames[0].lines).strip("\n")

    def _markup(self, html: str, start: int, hide: bool) -> int:
        """Read what begins with ``<`` at ``start`` and return where the text goes on."""
        match = _NAME.match(html, start + 1)
        if match is None:
            return self._declaration(html, start)
        end = self._tag_end(html, match.end())
        if end < 0:  # never closed: shown rather than lost
            self._text(html[match.end() :])
            return len(html)
        name, attributes = match.group().lower(), html[match.end() : end]
        if name in _RAW_END and not attributes.endswith("/"):
            closing = _RAW_END[name].search(html, end)
            return closing.start() if closing else len(html)
        if self.hidden:
            self._under_cover(name)
        elif hide and attributes and name not in _VOID and name[0] != "/" and _is_hidden(attributes):
            self.hidden, self.hidden_depth = name, 1
        else:
            self._tag(name, attributes)
        return end + 1

    def _declaration(self, html: str, start: int) -> int:
        if html.startswith("<!--", start):
            if html.startswith(("<!-->", "<!--->"), start):
                return html.index(">", start) + 1
            end = html.find("-->", start + 4)
            return len(html) if end < 0 else end + 3
        if html.startswith(("<!", "<?", "</"), start):
            end = html.find(">", start)
            if end < 0:  # nothing is closed any more: shown rather than lost, and not looked for again
                self._text(html[start:])
                return len(html)
            return end + 1
        self._text("<")
        return start + 1

    def _tag_end(self, html: str, at: int) -> int:
        """Return where the tag ends, minding quoted values; -1 where it never does. A quote that is never closed is no quote."""
        while match := _END.search(html, at):
            character, at = match.group(), match.end()
            if character == ">":
                return match.start()
            if html[match.start() - 1] in "= \t\n" and (closing := html.find(character, at)) >= 0:
                at = closing + 1
        return -1

    def _under_cover(self, name: str) -> None:
        """Follow the tags inside a hidden element until it ends."""
        if name == self.hidden:
            self.hidden_depth += 1
        elif name[1:] == self.hidden and name[0] == "/":
            self.hidden_depth -= 1
            if self.hidden_depth == 0:
                self.hidden = ""

    def _text(self, text: str) -> None:
        if self.hidden or not text:
            return
        if "&" in text:
            text = _unescape(text)
        if self.pre:
            *whole, text = text.replace("\r\n", "\n").split("\n")
            for piece in whole:
                self.line.append(piece)
                self._break(always=True)
        elif _BLANK.search(text):
            if not text.strip() and "\xa0" not in text and not self.line:
                return
            text = _BLANK.sub(" ", text)
        if text:
            if self.mark and text.strip():
                self.lead, self.mark = self.mark, ""
            self.line.append(text)

    def _break(self, *, always: bool = False) -> None:
        """End the line under way; an empty one counts where ``always``, or where it holds a hard blank."""
        if not self.line and not always:
            return
        text = "".join(self.line)
        text = text.rstrip() if self.pre else re.sub(" {2,}", " ", text).strip(" ")
        self.line.clear()
        self._append(self.lead + text)
        self.lead = ""

    def _append(self, text: str) -> None:
        frame = self.frames[-1]
        if self.gap and frame.lines and frame.lines[-1].strip("> ") and text:
            frame.lines.append(("> " * frame.quotes).rstrip())
        self.gap = False
        if not text and len(frame.lines) > 1 and not frame.lines[-1].strip("> ") and not frame.lines[-2].strip("> "):
            return  # two blank lines are enough
        frame.lines.append(("> " * frame.quotes + text).rstrip() if frame.quotes else text)

    def _tag(self, name: str, attributes: str) -> None:
        bare = name.lstrip("/")
        opening = bare == name
        if bare == "br":
            self._break(always=True)
        elif bare in _BREAKS:
            self._break()
            if bare == "li" and opening:
                self._item()
        elif bare in _SPACED:
            self._break()
            if bare == "p":
                self.tight = _TIGHT.search(attributes) is not None if opening else self.tight
            self.gap = self.gap or not (bare == "p" and self.tight)
            self._spaced(bare, opening, attributes)
        elif bare in ("td", "th", "tr"):
            self._cell(bare, opening)
        elif bare == "hr":
            self._break()
            self._append(RULE)
        elif bare == "img" and (alt := _ALT.search(attributes)) and not (shown := _unescape(alt[1])).isascii():
            self._text(shown)  # an emoji

    def _spaced(self, name: str, opening: bool, attributes: str) -> None:
        if name in ("ol", "ul"):
            self._list(name, opening, attributes)
        elif name == "blockquote":
            frame = self.frames[-1]
            if opening:
                self._flush_gap()
                frame.quotes = min(frame.quotes + 1, _QUOTES)
            else:
                frame.quotes = max(frame.quotes - 1, 0)
        elif name == "pre":
            self.pre = max(self.pre + (1 if opening else -1), 0)
        elif name == "table":
            if opening and len(self.tables) < _TABLES:
                self.tables.append(_Table(base=len(self.frames), gap=self.gap))
            elif self.tables and not opening:
                self._close_table()

    def _flush_gap(self) -> None:
        frame = self.frames[-1]
        if self.gap and frame.lines and frame.lines[-1].strip("> "):
            frame.lines.append(("> " * frame.quotes).rstrip())
        self.gap = False

    def _list(self, name: str, opening: bool, attributes: str) -> None:
        if opening:
            start = _NUMBER.search(attributes) if name == "ol" else None
            self.lists.append(-1 if name == "ul" else int(start[1]) if start else 1)
        elif self.lists:
            self.lists.pop()
        self.gap = self.gap and len(self.lists) < (2 if opening else 1)

    def _item(self) -> None:
        number = self.lists[-1] if self.lists else -1
        indent = "  " * (min(len(self.lists), 8) - 1)
        self.mark = f"{indent}• " if number < 0 else f"{indent}{number}. "
        if number >= 0:
            self.lists[-1] += 1

    def _cell(self, name: str, opening: bool) -> None:
        """Begin or end a cell or row; a cell outside a table, or in too deep a nest, is a block."""
        if not self.tables or len(self.tables) >= _TABLES:
            self._break()
            return
        self._end_cell()
        if name == "tr":
            self._end_row()
        elif opening:
            self.frames.append(_Frame())

    def _end_cell(self) -> None:
        table = self.tables[-1]
        if len(self.frames) > table.base:
            self._break()
            table.cells.append("\n".join(self.frames.pop().lines).strip("\n"))
        self.gap = False

    def _end_row(self) -> None:
        table = self.tables[-1]
        cells, table.cells = table.cells, []
        if sum(map(bool, cells)) > 1:  # a row of a form or list, not of a page's layout
            cells = [_EMPTY_LINES.sub("\n", cell) for cell in cells]
        text = "\t".join(cells).strip("\t")
        if text:
            self.gap, table.gap = table.gap, False
            for line in text.split("\n"):
                self._append(line)

    def _close_table(self) -> None:
        self._end_cell()
        self._end_row()
        self.tables.pop()
        self.gap = True


def _is_hidden(attributes: str) -> bool:
    lower = attributes.lower()
    return any(hint in lower for hint in _HINTS) and _HIDING.search(lower) is not None


def _unescape(text: str) -> str:
    try:
        return entities.unescape(text)
    except ValueError:  # a character reference of thousands of digits
        return text


def unflow(text: str, *, delsp: bool) -> str:
    """Return a format=flowed text with its paragraphs on one line each (RFC 3676); quotes keep their ``>``.

    With ``delsp`` the space that marks a soft break is taken out.
    """
    lines: list[str] = []
    pending: list[str] = []
    pending_depth = -1
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        soft = content.endswith(" ") and content != "-- "
        if pending and (depth != pending_depth or content == "-- "):
            lines.append(_flowed(pending_depth, pending))
            pending = []
        pending.append(content[:-1] if soft and delsp else content)
        pending_depth = depth
        if not soft:
            lines.append(_flowed(depth, pending))
            pending = []
    if pending:
        lines.append(_flowed(pending_depth, pending))
    return "\n".join(lines)


def _flowed(depth: int, pieces: list[str]) -> str:
    text = "".join(pieces)
    if not depth:
        return text
    return f"{'>' * depth} {text}".rstrip() if text.strip() else ">" * depth
