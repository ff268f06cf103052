"""Rich text as Outlook sends it inside winmail.dat: decompressed (MS-OXRTFCP), and read as plain text or the HTML it wraps."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field

_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArial"
    b"Times New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_COMPRESSED, _PLAIN = b"LZFu", b"MELA"
_MOST = 2 * 1024 * 1024
_CONTROL = re.compile(r"\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\(.)|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.DOTALL)
_SPECIAL = {"par": "\n", "line": "\n", "row": "\n", "tab": "\t", "cell": "\t", "emdash": "—", "endash": "–", "bullet": "•"}
_SPECIAL.update({"lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”"})
_SKIPPED = frozenset(
    [
        "fonttbl",
        "colortbl",
        "stylesheet",
        "info",
        "pict",
        "object",
        "header",
        "footer",
        "generator",
        "themedata",
        "datastore",
        "listtable",
        "htmltag",
    ]
)


def decompress(data: bytes) -> str:
    """Return the RTF in ``data`` (LZFu, or stored as it is), at most 2 MB of it; "" where it is neither."""
    if len(data) < 16:
        return ""
    size, kind = struct.unpack_from("<I", data, 4)[0], data[8:12]
    if kind == _PLAIN:
        return data[16 : 16 + min(size, _MOST)].decode("latin-1")
    return _unpack(data, min(size, _MOST)).decode("latin-1") if kind == _COMPRESSED else ""


def _unpack(data: bytes, size: int) -> bytes:
    """Return the content of an LZFu stream: eight tokens to a flag byte, each a byte or (offset, length) into a ring of 4 kB."""
    ring = bytearray(_DICTIONARY.ljust(4_096, b"\0"))
    write, at, out = len(_DICTIONARY), 16, bytearray()
    while at < len(data) and len(out) < size:
        flags, at = data[at], at + 1
        for bit in range(8):
            if flags >> bit & 1:
                if at + 2 > len(data):
                    return bytes(out)
                token, at = data[at] << 8 | data[at + 1], at + 2
                offset, length = token >> 4, (token & 15) + 2
                if offset == write:
                    return bytes(out)
            else:
                if at >= len(data):
                    return bytes(out)
                ring[write], offset, length, at = data[at], write, 1, at + 1
            for step in range(length):
                byte = ring[(offset + step) % 4_096]
                ring[write] = byte
                write = (write + 1) % 4_096
                out.append(byte)
    return bytes(out)


def rtf_to_text(rtf: str) -> str:
    """Return the text of an RTF document; of one that wraps HTML, the text between its tags."""
    reader = _Reader()
    for match in _CONTROL.finditer(rtf):
        reader.take(*match.groups())
    return "".join(reader.out).strip()


@dataclass(slots=True)
class _Reader:
    """The text so far, and whether the group under way shows; ``skip`` counts the stand-ins due after a Unicode character."""

    out: list[str] = field(default_factory=list)
    groups: list[bool] = field(default_factory=list)
    hidden: bool = False
    starred: bool = False
    skip: int = 0

    def take(self, word: str | None, number: str | None, code: str | None, symbol: str | None, brace: str | None, text: str | None) -> None:
        """Take in one token; exactly one of the arguments, but for a word and its number, is set."""
        if word:
            self._word(word, number or "")
        elif brace == "{":
            self.groups.append(self.hidden)
        elif brace == "}":
            self.hidden = self.groups.pop() if self.groups else False
        elif not self.hidden:
            self._text(code, symbol, text or "")
        self.starred = symbol == "*"

    def _word(self, word: str, number: str) -> None:
        if word == "htmlrtf":  # RTF that stands only for readers without HTML (MS-OXRTFEX)
            self.hidden = number != "0"
        elif self.starred or word in _SKIPPED:
            self.hidden = True
        elif not self.hidden and word == "u" and number:
            self.out.append(chr(int(number) % 65_536))
            self.skip = 1
        elif not self.hidden and word in _SPECIAL:
            self.out.append(_SPECIAL[word])

    def _text(self, code: str | None, symbol: str | None, text: str) -> None:
        if code:
            text = bytes([int(code, 16)]).decode("cp1252", "replace")
        elif symbol:
            text = {"~": " ", "\\": "\\", "{": "{", "}": "}"}.get(symbol, "")
        if text:
            self.out.append(text[self.skip :])
            self.skip = 0
