"""Mutants of mails: the same seed and number give the same bytes, whatever the machine.

A mutator is a function from (bytes, chance, other seeds) to bytes. What comes out is capped, so that a run's length can be foretold.
"""

from __future__ import annotations

import binascii
import random
import re
from collections.abc import Callable, Sequence

MOST_BYTES = 200_000
_FLOODS = 150  # of so many mutants one repeats something until it is full
_BLOWS = (64, 300, 1_100, 5_000, 20_000)
_BASE64 = re.compile(rb"(?<=\n)((?:[A-Za-z0-9+/]{20,100}\r?\n){1,10000}[A-Za-z0-9+/]{0,99}={0,2})")
_BOUNDARY = re.compile(rb'boundary="?([^"\r\n;]{1,70})', re.IGNORECASE)

Mutator = Callable[[bytes, random.Random, Sequence[bytes]], bytes]

CHARSETS = (
    *(
        b"utf-8",
        b"UTF-7",
        b"utf-16",
        b"utf-32",
        b"iso-8859-1",
        b"windows-1252",
        b"iso-2022-jp",
        b"gb18030",
        b"big5",
        b"shift_jis",
        b"koi8-r",
    ),
    *(b"idna", b"punycode", b"rot13", b"base64", b"hex", b"unicode_escape", b"undefined", b"mbcs", b"x-unknown", b"", b"utf-8\xff", b'"'),
)
ENCODINGS = (b"base64", b"quoted-printable", b"7bit", b"8bit", b"binary", b"x-uuencode", b"BASE64 ", b"", b"none", b"base64, 7bit")
TYPES = (
    *(b"text/plain", b"text/html", b"text/calendar; method=REPLY", b"multipart/mixed", b"multipart/alternative", b"multipart/digest"),
    *(b"multipart/report; report-type=delivery-status", b"multipart/signed", b"multipart/encrypted", b"message/rfc822"),
    *(b"message/delivery-status", b"message/disposition-notification", b"message/partial", b"application/ms-tnef", b"application/pdf"),
    *(
        b"application/pkcs7-mime; smime-type=signed-data",
        b"application/octet-stream",
        b"image/png",
        b"text/csv",
        b"text/rtf",
        b"/",
        b"text",
    ),
    b"application/vnd.openxmlformats-officedocument.wordprocessingml.document",
)
TOKENS = (
    *(b"\x00", b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"\r\n.\r\n", b"\n.\n", b"\t", b"\x0b", b"\x0c", b"\x1b[31m", b"\x7f", b"\x85"),
    *(b"\xff\xfe", b"\xe2\x80\xa8", b"\xe2\x80\xae", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xc0\xbc", b"\xf4\x90\x80\x80"),
    *(b"\xc2\xa0", b"\xc2\xad", b"=?utf-8?q?", b"=?utf-8?b?", b"?=", b"=?", b"=0D=0A", b"=00", b"=\r\n", b"=", b"%0d%0a", b"&#10;"),
    *(b"&#0;", b"&lt;script&gt;", b"<", b">", b"<>", b"<<", b"(", b")", b"((((((((", b"\"", b"\\\"", b"\\", b",", b",,,,", b";"),
    *(b";;;;", b":", b"@", b"@@", b"[", b"]", b"From: eve@evil.example\r\n", b"Bcc: eve@evil.example\r\n", b"Cc: x@y.example\r\n"),
    *(b"Sender: root\r\n", b"Reply-To: x@y.example\r\n", b"Auto-Submitted: auto-replied\r\n", b"Precedence: bulk\r\n"),
    *(b"List-Id: <x.example>\r\n", b"Return-Path: <>\r\n", b"X-Loop: y\r\n", b"Received: from a by b; now\r\n"),
    *(b"Authentication-Results: mx.nhsdesk.example; dmarc=pass\r\n", b"Resent-From: x@y.example\r\n", b"Content-Type: "),
    *(b"Content-Transfer-Encoding: ", b"Content-Disposition: attachment; filename=", b"Content-ID: <x>\r\n", b"filename*0*="),
    *(b"; charset=", b"; name=", b"; boundary=", b"; format=flowed; delsp=yes", b"utf-8''%e2%82%ac", b"../../etc/passwd"),
    *(b"\xe2\x80\xaefdp.exe", b"--edge\r\n", b"\r\n--", b"--\r\n", b"-- \r\n", b"begin 644 x\r\n"),
    *(b"-----BEGIN PGP MESSAGE-----\r\n", b"-----Original Message-----\r\n", b"On Monday Alice wrote:\r\n", b"> ", b">>>> "),
    *(b"From ", b".\r\n", b"..", b"#resolve\r\n", b"#note\r\n", b"Contact number: 0113 496 0000\r\n"),
    *(b"Number of affected users: 99999999999\r\n", b"Issue description:\r\n", b"just me", b"12 of us", b"n/a", b"thanks"),
    *(b"Sent from my phone", b"<div>", b"</div>", b"<table><tr><td>", b"<!--", b"<script>", b"<style>", b"<br>", b"<blockquote>"),
    *(b"&#x110000;", b"<p style='display:none'>", b"INC0000001", b"[INC0000001]", b"@@OUR-ID@@", b"@@OUR-REFERENCE@@"),
    *(b"@@OUR-SUBJECT@@", b"@@OUR-TOKEN@@", b"In-Reply-To: @@OUR-ID@@\r\n", b"{{ 7*7 }}", b"{% raw %}", b"${7*7}", b"%s%n"),
    *(b"'; DROP TABLE inbox; --", b"$(id)", b"helpdesk@nhsdesk.example", b"=?utf-8?q?=3F=3D?="),
)  # fmt: skip


def mutant(seeds: Sequence[bytes], *, seed: int, number: int) -> bytes:
    """Return mutant ``number`` of a run: one of ``seeds`` after one to six changes."""
    chance = random.Random(f"{seed}:{number}")
    mail = chance.choice(seeds)
    if number % _FLOODS == 0:
        return _flood(mail, chance)[:MOST_BYTES]
    for _ in range(chance.choice((1, 1, 2, 2, 3, 4, 6))):
        mail = chance.choice(MUTATORS)(mail, chance, seeds)[:MOST_BYTES]
    return mail


def _flip_bits(mail: bytes, chance: random.Random, seeds: Sequence[bytes]) -> bytes:
    data = bytearray(mail)
    for _ in range(chance.choice((1, 1, 4, 16)) if data else 0):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def _replace_bytes(mail: bytes, chance: random.Random, seeds: Sequence[bytes]) -> bytes:
    data = bytearray(mail)
    for _ in range(chance.choice((1, 2, 8, 32)) if data else 0):
        data[chance.randrange(len(data))] = chance.choice((0, 9, 10, 13, 27, 32, 127, 128, 255, chance.randrange(256)))
    return bytes(data)


def _insert_token(mail: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    at = _place(mail, chance)
    return mail[:at] + chance.choice(TOKENS) * chance.choice((1, 1, 1, 2, 5)) + mail[at:]


def _overwrite_with_token(mail: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    at, token = _place(mail, chance), chance.choice(TOKENS)
    return mail[:at] + token + mail[at + len(token) :]


def _token_in_value(mail: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    """Put a token into the value of a header field, most often one that somebody acts on."""
    head, body = _split(mail)
    lines = _lines(head)
    acted_on = [at for at, line in enumerate(lines) if line.lower().startswith(_ACTED_ON)] or list(range(len(lines)))
    if not acted_on:
        return mail
    index = chance.choice(acted_on)
    name, colon, value = lines[index].partition(b":")
    at = chance.randrange(len(value) + 1)
    lines[index] = name + colon + value[:at] + chance.choice(TOKENS) + value[at:]
    return b"".join(lines) + body


_ACTED_ON = (
    b"authentication-results",
    b"from",
    b"to",
    b"cc",
    b"subject",
    b"message-id",
    b"in-reply-to",
    b"references",
    b"content-",
    b"date",
    b"reply-to",
    b"auto-submitted",
)


def _delete_chunk(mail: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    at = _place(mail, chance)
    return mail[:at] + mail[at + chance.choice((1, 2, 10, 100, 1_000)) :]


def _double_chunk(mail: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    at = _place(mail, chance)
    chunk = mail[at : at + chance.choice((1, 4, 40, 400))]
    return mail[:at] + chunk * chance.choice((2, 3, 8)) + mail[at:]


def _cut_off(mail: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    return mail[: chance.randrange(len(mail) + 1)]


def _delete_lines(mail: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    lines = _lines(mail)
    at = chance.randrange(len(lines) + 1)
    return b"".join(lines[:at] + lines[at + chance.choice((1, 1, 2, 5)) :])


def _double_lines(mail: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    lines = _lines(mail)
    at = chance.randrange(len(lines) + 1)
    some = lines[at : at + chance.choice((1, 1, 2, 5))]
    return b"".join(lines[:at] + some * chance.choice((2, 3, 30)) + lines[at:])


def _swap_lines(mail: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    head, body = _split(mail)
    lines = _lines(head if chance.random() < 0.7 else mail)
    if len(lines) > 1:
        one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines) + (body if len(b"".join(lines)) == len(head) else b"")


def _splice(mail: bytes, chance: random.Random, seeds: Sequence[bytes]) -> bytes:
    other = chance.choice(seeds)
    return mail[: _place(mail, chance)] + other[_place(other, chance) :]


def _head_of_another(mail: bytes, chance: random.Random, seeds: Sequence[bytes]) -> bytes:
    return _split(chance.choice(seeds))[0] + _split(mail)[1]


def _fields_of_another(mail: bytes, chance: random.Random, seeds: Sequence[bytes]) -> bytes:
    lines = _lines(_split(chance.choice(seeds))[0])
    some = [chance.choice(lines) for _ in range(chance.choice((1, 2, 4)))] if lines else []
    return b"".join(some) + mail


def _damage_boundary(mail: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    found = _BOUNDARY.search(mail)
    if found is None:
        return b'Content-Type: multipart/mixed; boundary="edge"\r\n' + mail
    boundary = found[1]
    match chance.randrange(5):
        case 0:
            return mail.replace(b"--" + boundary, b"--" + boundary[:-1], chance.choice((1, 2, 99)))
        case 1:
            return mail.replace(b"--" + boundary, b"--" + boundary + b" x", 1)
        case 2:
            return mail.replace(boundary + b"--", boundary)
        case 3:
            return mail.replace(boundary, chance.choice((b"", b" ", b'"', b"=", b"a" * 300, b"\xff")), 1)
        case _:
            return mail.replace(b"--" + boundary + b"\r\n", b"--" + boundary + b"\r\n--" + boundary + b"\r\n")


def _swap_charset(mail: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    return _after(
        mail,
        rb"charset=\"?[^\s;\"]{0,40}|=\?[^?\s]{1,40}(?=\?)",
        chance,
        lambda old: (b"=?" if old[:2] == b"=?" else b"charset=") + chance.choice(CHARSETS),
    )


def _swap_encoding(mail: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    return _after(mail, rb"(?i)transfer-encoding:[^\r\n]{0,60}", chance, lambda _: b"Transfer-Encoding: " + chance.choice(ENCODINGS))


def _swap_type(mail: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    return _after(mail, rb"(?i)content-type: ?[^\s;]{0,80}", chance, lambda _: b"Content-Type: " + chance.choice(TYPES))


def _change_case(mail: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    head, body = _split(mail)
    return chance.choice((head.upper() + body, head.lower() + body, head.swapcase() + body, mail.upper(), mail.lower()))


def _change_line_ends(mail: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    lines = mail.replace(b"\r\n", b"\n")
    return lines.replace(b"\n", chance.choice((b"\r", b"\n", b"\r\n", b"\r\r\n", b"\n\r", b"\r\n\r\n", b"\n\n", b"\0\n")))


def _blow_up(mail: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    at = _place(mail, chance)
    unit = chance.choice((b"x", b" ", b"\r\n", b"\r\n ", chance.choice(TOKENS), mail[at : at + 7] or b"y"))
    return mail[:at] + unit * (chance.choice(_BLOWS) // len(unit) + 1) + mail[at:]


def _flood(mail: bytes, chance: random.Random) -> bytes:
    """Repeat a few tokens in the body or in one field until the mail is full: what takes a reader quadratic time shows."""
    unit = b"".join(chance.choice(TOKENS) for _ in range(chance.choice((1, 1, 2, 3))))
    head, body = _split(mail)
    if chance.random() < 0.6:
        return head + body[:2_000] + unit * (MOST_BYTES // len(unit))
    return chance.choice(_ACTED_ON) + b": " + unit.replace(b"\n", b"\n ") * (60_000 // len(unit)) + b"\r\n" + mail


def _change_decoded(mail: bytes, chance: random.Random, seeds: Sequence[bytes]) -> bytes:
    """Change what stands inside base64: a document's, a picture's or a wrapped mail's own bytes."""
    found = list(_BASE64.finditer(mail))
    if not found:
        return mail
    hit = chance.choice(found)
    letters = hit[1].translate(None, b"\r\n=")
    data = binascii.a2b_base64(letters[: len(letters) - len(letters) % 4])
    for _ in range(chance.choice((1, 1, 3))):
        data = chance.choice(_OF_BYTES)(data, chance, seeds)
    return mail[: hit.start(1)] + binascii.b2a_base64(data[: MOST_BYTES // 2]) + mail[hit.end(1) :]


def _encode_value(mail: bytes, chance: random.Random, seeds: Sequence[bytes]) -> bytes:
    """Write a field's value in encoded words of some charset, whatever it holds."""
    head, body = _split(mail)
    lines = _lines(head)
    if not lines:
        return mail
    index = chance.randrange(len(lines))
    name, _, value = lines[index].partition(b":")
    value = value.strip() + chance.choice((b"", b"\r\nBcc: eve@evil.example", b"\0", b"\xe2\x80\xae", b"\xed\xa0\x80"))
    charset = chance.choice(CHARSETS)
    if chance.random() < 0.5:
        word = b"=?" + charset + b"?b?" + binascii.b2a_base64(value, newline=False) + b"?="
    else:
        word = b"=?" + charset + b"?q?" + b"".join(b"=%02X" % byte for byte in value) + b"?="
    lines[index] = name + b": " + word + b"\r\n"
    return b"".join(lines) + body


def _wrap(mail: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    """Put the mail into another: forwarded, or as the mail that a delivery report returns."""
    head = b"From: bob@trust.example\r\nTo: helpdesk@nhsdesk.example\r\nSubject: Fwd\r\nContent-Type: "
    if chance.random() < 0.5:
        return head + b"message/rfc822\r\n\r\n" + mail
    return (
        head
        + b"multipart/mixed; boundary=wrap\r\n\r\n--wrap\r\n\r\nsee below\r\n--wrap\r\nContent-Type: message/rfc822\r\n\r\n"
        + mail
        + b"\r\n--wrap--\r\n"
    )


def _answer_us(mail: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    """Make it an answer to a mail of ours."""
    evidence = (
        b"In-Reply-To: @@OUR-ID@@\r\n",
        b"References: <x@y.example> @@OUR-ID@@\r\n",
        b"Subject: Re: @@OUR-SUBJECT@@\r\n",
        b"Subject: @@OUR-REFERENCE@@\r\nFrom: alice@trust.example\r\n",
    )
    return chance.choice(evidence) + mail


_OF_BYTES: tuple[Mutator, ...] = (_flip_bits, _replace_bytes, _delete_chunk, _double_chunk, _cut_off, _splice)
MUTATORS: tuple[Mutator, ...] = (
    *(_flip_bits, _replace_bytes, _insert_token, _insert_token, _overwrite_with_token, _token_in_value, _token_in_value),
    *(_delete_chunk, _double_chunk, _cut_off, _delete_lines, _double_lines, _swap_lines, _splice, _head_of_another, _fields_of_another),
    *(_damage_boundary, _swap_charset, _swap_encoding, _swap_type, _change_case, _change_line_ends, _blow_up, _wrap, _answer_us),
    *(_change_decoded, _change_decoded, _encode_value, _encode_value),
)


def _place(mail: bytes, chance: random.Random) -> int:
    """Return a place in the mail, half of the time in its header."""
    end = len(_split(mail)[0]) if chance.random() < 0.5 else len(mail)
    return chance.randrange(end + 1)


def _split(mail: bytes) -> tuple[bytes, bytes]:
    """Return the header block and the rest, which begins with the empty line."""
    ends = [at + len(mark) // 2 for mark in (b"\r\n\r\n", b"\n\n") if (at := mail.find(mark)) >= 0]
    end = min(ends, default=len(mail))
    return mail[:end], mail[end:]


def _lines(mail: bytes) -> list[bytes]:
    return mail.splitlines(keepends=True)


def _after(mail: bytes, pattern: bytes, chance: random.Random, change: Callable[[bytes], bytes]) -> bytes:
    """Return the mail with one hit of ``pattern`` changed."""
    found = list(re.finditer(pattern, mail))
    if not found:
        return mail
    hit = chance.choice(found)
    return mail[: hit.start()] + change(hit.group()) + mail[hit.end() :]
