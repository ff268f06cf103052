"""Where each key of a TOML file stands: what ``tomllib`` does not tell (OPS-2).

The scanner reads only what ``tomllib`` has accepted, so it may trust the syntax; it skips values and keeps the lines of keys.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}\n#]+")
_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}


def key_lines(text: str) -> dict[Path, int]:
    r"""Return the line of every key of ``text``, a valid TOML document; items of arrays count from 0.

    >>> key_lines('[a]\nb = [{ c = 1 }]')
    {('a',): 1, ('a', 'b'): 2, ('a', 'b', 0): 2, ('a', 'b', 0, 'c'): 2}
    """
    return _Scanner(text.replace("\r\n", "\n")).document()


def line_of(lines: Mapping[Path, int], path: Path) -> int:
    """Return the line of ``path``, or of the nearest table around it; 1 for the document itself."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return 1


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self.items: Counter[Path] = Counter()

    def document(self) -> dict[Path, int]:
        table: Path = ()
        self._blank()
        while self.at < len(self.text):
            if self._takes("[["):
                table = self._array_header()
            elif self._takes("["):
                table = self._resolve(self._header("]"))
            else:
                self._pair(table)
            self._blank()
        return self.lines

    def _header(self, end: str) -> list[str]:
        keys = self._keys()
        self._blank()
        self._takes(end)
        return keys

    def _array_header(self) -> Path:
        line = self._line()
        keys = self._header("]]")
        array = (*self._resolve(keys[:-1]), keys[-1])
        self.lines.setdefault(array, line)
        item = (*array, self.items[array])
        self.items[array] += 1
        self.lines[item] = line
        return item

    def _resolve(self, keys: list[str]) -> Path:
        """Return the path of a header, with the index of the last item of each array of tables on the way."""
        path: Path = ()
        for key in keys:
            path = (*path, key)
            self._mark(path)
            if self.items[path]:
                path = (*path, self.items[path] - 1)
        return path

    def _pair(self, table: Path) -> None:
        line = self._line()
        path = table
        for key in self._keys():
            path = (*path, key)
            self._mark(path, line)
        self._blank()
        self._takes("=")
        self._blank()
        self._value(path)

    def _keys(self) -> list[str]:
        keys = [self._key()]
        while self._takes("."):
            keys.append(self._key())
        return keys

    def _key(self) -> str:
        self._blank()
        if self.text[self.at] in "\"'":
            key = self._string()
        else:
            match = _BARE_KEY.match(self.text, self.at)
            key = match.group() if match else ""
            self.at += max(len(key), 1)
        self._blank()
        return key

    def _value(self, path: Path) -> None:
        if self.text[self.at] in "\"'":
            self._string()
        elif self._takes("["):
            self._array(path)
        elif self._takes("{"):
            self._inline_table(path)
        else:
            match = _SCALAR.match(self.text, self.at)
            self.at = match.end() if match else self.at + 1

    def _array(self, path: Path) -> None:
        index = 0
        self._blank()
        while not self._takes("]"):
            self._mark((*path, index))
            self._value((*path, index))
            index += 1
            self._blank()
            self._takes(",")
            self._blank()

    def _inline_table(self, path: Path) -> None:
        self._blank()
        while not self._takes("}"):
            self._pair(path)
            self._blank()
            self._takes(",")
            self._blank()

    def _string(self) -> str:
        quote = self.text[self.at]
        mark = quote * 3 if self.text.startswith(quote * 3, self.at) else quote
        self.at += len(mark)
        found: list[str] = []
        while not self.text.startswith(mark, self.at):
            if quote == '"' and self.text[self.at] == "\\":
                self.at += 1
                found.append(_ESCAPES.get(self.text[self.at], ""))
            else:
                found.append(self.text[self.at])
            self.at += 1
        self.at += len(mark)
        while len(mark) == 3 and self.text.startswith(quote, self.at):  # up to two quotes may stand before the closing mark
            self.at += 1
        return "".join(found)

    def _blank(self) -> None:
        match = _BLANK.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def _takes(self, token: str) -> bool:
        if not self.text.startswith(token, self.at):
            return False
        self.at += len(token)
        return True

    def _mark(self, path: Path, line: int | None = None) -> None:
        self.lines.setdefault(path, line if line is not None else self._line())

    def _line(self) -> int:
        return self.text.count("\n", 0, self.at) + 1
