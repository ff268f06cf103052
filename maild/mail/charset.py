"""Bytes to text whatever charset was declared: the declared one, then UTF-8, then cp1252, then Latin-1.

Only charsets of a fixed list are looked up, so that a mail cannot make the interpreter import or remember what it names.
"""

from __future__ import annotations

from encodings.aliases import aliases

# Text encodings that are no charset of any mail, or whose decoder is slow on purpose-made input.
_NOT_CHARSETS = frozenset(
    [
        "base64_codec",
        "bz2_codec",
        "hex_codec",
        "idna",
        "mbcs",
        "oem",
        "palmos",
        "punycode",
        "quopri_codec",
        "raw_unicode_escape",
        "rot_13",
        "tactis",
        "undefined",
        "unicode_escape",
        "uu_codec",
        "zlib_codec",
    ]
)
# What mails call them, beside Python's own aliases. WHATWG: who says Latin-1 or ASCII means cp1252.
_NAMES = {
    "ansi": "cp1252",
    "ascii": "us_ascii",
    "cp_850": "cp850",
    "default": "utf_8",
    "gb2312": "gb18030",
    "gb_2312": "gb18030",
    "gb_2312_80": "gb18030",
    "gbk": "gb18030",
    "iso8859_1": "cp1252",
    "iso_8859_1": "cp1252",
    "iso_8859_1_windows_3.1_latin_1": "cp1252",
    "iso_8859_8_e": "iso8859_8",
    "iso_8859_8_i": "iso8859_8",
    "ks_c_5601_1987": "cp949",
    "latin1": "cp1252",
    "latin_1": "cp1252",
    "unicode_1_1_utf_7": "utf_7",
    "utf8mb4": "utf_8",
    "x_gbk": "gb18030",
    "x_mac_roman": "mac_roman",
    "x_sjis": "cp932",
    "shift_jis": "cp932",
}
_KNOWN = {name: codec for name, codec in aliases.items() if codec not in _NOT_CHARSETS}
_KNOWN.update({codec: codec for codec in aliases.values() if codec not in _NOT_CHARSETS})
_KNOWN.update({"utf_8_sig": "utf_8_sig", "koi8_u": "koi8_u", "cp720": "cp720", "cp874": "cp874", "cp737": "cp737", "koi8_t": "koi8_t"})
_KNOWN.update(_NAMES)
_UTF8 = frozenset({"utf_8", "us_ascii", "ascii"})


def codec_of(charset: str) -> str:
    """Return Python's codec for a declared ``charset``, or "" where there is none that mails may use."""
    if charset in ("utf-8", "us-ascii"):
        return "utf_8"
    name = charset.strip(" \t\"'").lower().replace("-", "_").replace(" ", "_")
    return _KNOWN.get(name) or _KNOWN.get(name.replace(":", "_").partition("*")[0]) or ""


def decode(data: bytes, charset: str) -> tuple[str, str]:
    """Return the text of ``data`` and a defect, or "" where the declared charset fits.

    A declared ``us-ascii`` (or none) with 8-bit bytes in it is read as UTF-8 where it is that. Never raises.
    """
    codec = codec_of(charset)
    if not charset or codec in _UTF8:
        try:
            return data.decode("utf-8"), ""
        except UnicodeDecodeError:
            return _fallback(data), "charset-wrong" if charset else "charset-missing"
    if not codec:
        return _guess(data), "charset-unknown"
    try:
        return data.decode(codec), ""
    except (UnicodeError, LookupError, ValueError):
        return _guess(data), "charset-wrong"


def _guess(data: bytes) -> str:
    """Return ``data`` as UTF-8 where it is that, else as cp1252 or Latin-1."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _fallback(data)


def _fallback(data: bytes) -> str:
    """Return ``data`` as cp1252, else as Latin-1, which takes every byte."""
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")
