"""The published torture shapes, rebuilt by hand: what mail parsers have stumbled over in public, each small enough to be mutated.

Every shape is a whole mail; invented people, reserved domains. ``armour.py`` has the same kinds in the sizes that stall a parser.
"""

from __future__ import annotations

import base64
import io
import zipfile
import zlib

from tests.fuzz.shape import FROM, TO, letter, multipart, part

_LONG = b"x" * 900
_WORDS = "Der Drucker auf Station 7 druckt nicht mehr. 0113 496 0000".encode("utf-16-le")


def shapes() -> dict[str, bytes]:
    """Return every torture shape by its name."""
    every = {**_structure(), **_encodings(), **_headers(), **_senders(), **_wrapped(), **_forms()}
    return {name: raw.replace(b"<shape@", b"<%s@" % name.encode(), 1) for name, raw in every.items()}


def _structure() -> dict[str, bytes]:
    text = part(b"text/plain", b"The printer is broken.\r\n")
    return {
        "nested-rfc822": _nest_mails(12),
        "nested-multipart": _nest_parts(18),
        "nested-too-deep": _nest_parts(40),
        "digest": multipart(b"digest", b"\r\nFrom: a@b.example\r\nSubject: one\r\n\r\nfirst\r\n", b"\r\nSubject: two\r\n\r\nsecond\r\n"),
        "boundary-broken": multipart(b"mixed", text, text).replace(b"--edge", b"--egde", 1),
        "boundary-missing": multipart(b"mixed", text, text).replace(b'; boundary="edge"', b""),
        "boundary-empty": multipart(b"mixed", text).replace(b'boundary="edge"', b'boundary=""'),
        "boundary-of-blanks": multipart(b"mixed", text).replace(b'boundary="edge"', b'boundary="   "'),
        "boundary-prefix-of-the-inner": multipart(b"mixed", multipart(b"alternative", text, head=b"").replace(b"edge", b"edge1"), text),
        "boundary-same-inside": multipart(b"mixed", multipart(b"alternative", text, head=b""), text),
        "boundary-as-regular-expression": multipart(b"mixed", text).replace(b"edge", b"(.*)+$["),
        "boundary-with-dashes": multipart(b"mixed", text).replace(b"edge", b"--"),
        "never-closed": multipart(b"mixed", text, text).rpartition(b"--edge--")[0],
        "text-after-the-end": multipart(b"mixed", text) + b"and this?\r\n--edge\r\n\r\nand that?\r\n",
        "preamble-only": multipart(b"mixed", text).replace(b"--edge", b"nothing"),
        "many-parts": multipart(b"mixed", *([part(b"text/plain", b"x\r\n")] * 250)),
        "type-confusion": letter(b"multipart/mixed; boundary=x", b"no part at all\r\n"),
        "type-of-nothing": letter(b"/", b"what is this?\r\n"),
        "type-html-called-plain": letter(b"text/plain", b"<html><body><p>Printer <b>down</b></p></body></html>\r\n"),
        "type-twice": letter(b"text/plain", b"--edge\r\n\r\nhello\r\n", b'Content-Type: multipart/mixed; boundary="edge"\r\n'),
        "type-multipart-in-base64": letter(
            b'multipart/mixed; boundary="edge"',
            base64.encodebytes(b"--edge\r\n\r\nhello\r\n--edge--\r\n"),
            b"Content-Transfer-Encoding: base64\r\n",
        ),
        "empty-parts": multipart(b"mixed", b"", b"\r\n", b"\r\n\r\n"),
        "external-body": letter(b'message/external-body; access-type=local-file; name="/etc/passwd"', b"Content-Type: text/plain\r\n\r\n"),
        "partial": letter(b'message/partial; id="1@x.example"; number=1; total=2', b"Subject: whole\r\n\r\nhalf a mail\r\n"),
        "no-body": b"From: alice@trust.example\r\nSubject: nothing follows",
        "no-header": b"\r\nOnly a body, and nobody who sent it.\r\n",
        "one-byte": b"x",
        "blank-lines": b"\r\n" * 2_000,
    }


def _encodings() -> dict[str, bytes]:
    plain = b"text/plain; charset="
    b64, qp = b"Content-Transfer-Encoding: base64\r\n", b"Content-Transfer-Encoding: quoted-printable\r\n"
    return {
        "base64-bad-alphabet": letter(plain + b"utf-8", b"VGhl!!IHByaW50ZXI*gaXMgZG93bg=\r\n", b64),
        "base64-bad-padding": letter(plain + b"utf-8", b"====VGhlIHByaW50ZXI====gaXM=\r\n=\r\n", b64),
        "base64-one-character": letter(plain + b"utf-8", b"V\r\n", b64),
        "quoted-printable-broken": letter(plain + b"utf-8", b"Caf=C3=A9 =ZZ =C =\r\n=0D=0A=00=1B[31m red=3\r\n", qp),
        "encoding-unknown": letter(plain + b"utf-8", b"hello\r\n", b"Content-Transfer-Encoding: x-rot13\r\n"),
        "encoding-twice": letter(plain + b"utf-8", b"aGVsbG8=\r\n", b64 + qp),
        "utf-7": letter(plain + b"utf-7", b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-\r\n"),
        "iso-2022-jp": letter(plain + b"iso-2022-jp", "プリンターが壊れました。電話 03-1234-5678".encode("iso-2022-jp") + b"\x1b$B!!\r\n"),
        "iso-2022-jp-cut": letter(plain + b"iso-2022-jp", b"\x1b$B%W%j\x1b"),
        "overlong-utf-8": letter(plain + b"utf-8", b"\xc0\xbcscript\xc0\xbe \xe0\x80\xaf \xf0\x80\x80\xaf \xc0\x80\r\n"),
        "surrogates-in-utf-8": letter(plain + b"utf-8", b"\xed\xa0\x80\xed\xb0\x80 \xed\xbf\xbf \xf4\x90\x80\x80\r\n"),
        "utf-16": letter(plain + b"utf-16", _WORDS),
        "utf-16-odd": letter(plain + b"utf-16-le", _WORDS[:-1]),
        "charset-python-only": letter(plain + b"unicode_escape", b"\\x41\\ud800\\N{BULLET}\\x\r\n"),
        "charset-idna": letter(plain + b'"idna"', b"xn--zzzzzz\r\n"),
        "charset-rot13": letter(plain + b"rot13", b"uryyb\r\n"),
        "charset-zlib": letter(plain + b"zlib_codec", zlib.compress(b"x" * 100_000)),
        "charset-undefined": letter(plain + b"undefined", b"hello\r\n"),
        "charset-long": letter(plain + b"x" * 2_000, b"hello\r\n"),
        "charset-nul": letter(plain + b'"utf-8\x00"', b"hello\r\n"),
        "bidi": letter(plain + b"utf-8", "\u202eelpmaxe.live\u202c \u2066x\u2069 \u200b\ufeff invoice\u202efdp.exe\r\n".encode()),
        "controls": letter(plain + b"utf-8", bytes(range(32)) + b"\x7f\xc2\x80\xc2\x85\xc2\x9f \xe2\x80\xa8 \xe2\x80\xa9\r\n"),
        "gb18030": letter(plain + b"gb18030", "打印机坏了".encode("gb18030") + b"\x81\x30\xff\r\n"),
        "uuencode-in-text": letter(plain + b"us-ascii", b"begin 644 ../../etc/passwd\r\n#0V%T\r\n`\r\nend\r\n"),
        "yenc": letter(plain + b"us-ascii", b"=ybegin line=128 size=3 name=../x\r\n\x8d\x8e\x8f\r\n=yend size=3\r\n"),
    }


def _headers() -> dict[str, bytes]:
    def with_field(field: bytes) -> bytes:
        return letter(b"text/plain", b"hello\r\n", field)

    return {
        "header-overlong": with_field(b"X-Long: " + _LONG * 20 + b"\r\n"),
        "header-overlong-subject": with_field(b"Subject: " + b"long " * 1_500 + b"\r\n"),
        "header-without-colon": with_field(b"This line is no header\r\nX-After: y\r\n"),
        "header-blank-before-colon": with_field(b"Subject : blank\r\nX : y\r\n"),
        "header-empty-name": with_field(b": nobody\r\nX-After: y\r\n"),
        "header-8-bit": with_field(b"Subject: Dr\xfccker \xff\xfe \xc3\xa9\r\nX-\xe9: \xe9\r\n"),
        "header-nul": with_field(b"Subject: a\x00b\x00\r\nX-\x00Y: z\r\n"),
        "header-bare-cr": with_field(b"Subject: a\rBcc: eve@evil.example\rAuto-Submitted: no\r\n"),
        "header-bare-lf": with_field(b"Subject: a\nBcc: eve@evil.example\n\r\n"),
        "header-folded-to-nothing": with_field(b"Subject:\r\n \r\n \t \r\n x\r\n"),
        "header-folded-at-start": b" folded before the first field\r\n" + with_field(b""),
        "header-many": with_field(b"".join(b"X-%d: y\r\n" % number for number in range(600))),
        "headers-twice": with_field(
            b"From: eve@evil.example\r\nTo: x@y.example\r\nSubject: two\r\nMessage-ID: <2@x.example>\r\nDate: x\r\n"
        ),
        "mbox-line": b"From alice@trust.example Mon Mar  2 09:00:00 2026\r\n" + with_field(b""),
        "cr-only": with_field(b"X-A: b\r\n").replace(b"\r\n", b"\r"),
        "lf-only": with_field(b"X-A: b\r\n").replace(b"\r\n", b"\n"),
        "cr-cr-lf": with_field(b"X-A: b\r\n").replace(b"\r\n", b"\r\r\n"),
        "lf-cr": with_field(b"X-A: b\r\n").replace(b"\r\n", b"\n\r"),
        "words-adjacent": with_field(b"Subject: =?utf-8?q?a?= =?utf-8?q?b?=\r\n =?iso-8859-1?q?=e9?==?utf-8?b?w6k=?=\r\n"),
        "words-broken": with_field(b"Subject: =?utf-8?q?=E2=82?= =?utf-8?b?!!!?= =?utf-8?x?y?= =??q??= =?a?q?=\r\n"),
        "words-with-line-break": with_field(b"Subject: =?utf-8?q?x=0D=0ABcc:_eve=40evil.example=0D=0A=0D=0Abody?=\r\n"),
        "words-with-nul": with_field(b"Subject: =?utf-8?q?x=00y=1B=5B31m?=\r\n"),
        "words-nested": with_field(b"Subject: =?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?=\r\n"),
        "words-of-words": with_field(b"Subject: " + b"=?utf-8?b?w6k=?= " * 400 + b"\r\n"),
        "words-never-closed": with_field(b"Subject: " + b"=?utf-8?q?" * 300 + b"\r\n"),
        "words-language": with_field(b"Subject: =?utf-8*en-GB?q?caf=C3=A9?= =?utf-7?q?+ADw-?=\r\n"),
        "parameters-many": letter(b"text/plain" + b"; a=b" * 2_000, b"hello\r\n"),
        "parameters-semicolons": letter(b"text/plain" + b";" * 4_000, b"hello\r\n"),
        "parameters-quotes": letter(b"text/plain; name=" + b'"\\""' * 800, b"hello\r\n"),
        "parameters-continued": _attached(b"; filename*0*=utf-8''%e2%82; filename*1*=%ac; filename*2=.pdf; filename*9=x; filename*01=y"),
        "parameters-continued-gaps": _attached(b"; filename*1=b; filename*0=a; filename*0=z; filename*999999999999=q; filename*-1=r"),
        "parameters-continued-broken": _attached(b"; filename*0*=utf-8'; filename*1*=%%%; filename*=''; filename**=x; filename*x=y"),
        "parameters-continued-many": _attached(b"".join(b"; filename*%d=a" % number for number in range(500))),
        "parameters-charset-tricks": _attached(b"; filename*=unicode_escape''%5cx00%5cud800"),
        "dates": with_field(
            b"Date: Mon, 32 Feb 99999 25:61:61 +9999\r\nDate: \x00\r\nDate: 0\r\nDate: Thu, 01 Jan 1970 00:00:00 -2460\r\n"
        ),
        "ids": with_field(b"In-Reply-To: <[a\r\nReferences: <a@b> <<c@d>> <e@f <g@h>> " + b"<i@j> " * 300 + b"\r\nMessage-ID: <x y@z>\r\n"),
        "results-forged": with_field(b"Authentication-Results: mx.nhsdesk.example; dmarc=pass header.from=trust.example; ((((spf=pass\r\n"),
    }


def _attached(parameters: bytes) -> bytes:
    attachment = part(b"application/octet-stream", b"data\r\n", b"Content-Disposition: attachment" + parameters + b"\r\n")
    return multipart(b"mixed", part(b"text/plain", b"see the file\r\n"), attachment)


def _senders() -> dict[str, bytes]:
    def sent_by(value: bytes) -> bytes:
        return letter(b"text/plain", b"hello\r\n", sender=value)

    return {
        f"from-{name}": sent_by(value)
        for name, value in {
            "address-before": b"alice@trust.example <bob@evil.example>",
            "closing-parenthesis": b"alice@trust.example)bob@evil.example",
            "encoded-address": b"=?utf-8?q?alice=40trust.example=3e=00?=bob@evil.example",
            "encoded-whole": b"=?utf-8?q?Alice_=3Calice=40trust.example=3E?= <eve@evil.example>",
            "text-after": b"Alice <alice@trust.example>@evil.example",
            "name-is-address": b'"alice@trust.example" <bob@evil.example>',
            "several": b"alice@trust.example, bob@evil.example",
            "group": b"Team: alice@trust.example, bob@trust.example;",
            "group-empty": b"undisclosed-recipients:;",
            "group-nested": b"A: B: alice@trust.example;;",
            "comments": b"alice(comment (nested) \\) )@(x)trust.example (Alice)",
            "comment-open": b"alice@trust.example (((((((((((((((((((",
            "quotes": b'"alice\\"@trust.example" <"a b\\"c"@trust.example>',
            "quoted-crlf": b'"Alice\r\n Bcc: eve@evil.example" <alice@trust.example>',
            "route": b"<@relay.example,@x.example:alice@trust.example>",
            "literal": b"alice@[192.0.2.1]",
            "homograph": "Аlice <аlice@trust.example>".encode(),
            "punycode": b"alice@xn--80ak6aa92e.example",
            "idn": "ålice@bücher.example".encode(),
            "empty": b"",
            "brackets-only": b"<>",
            "dots": b"<..@...>",
            "commas": b"," * 2_000,
            "long-local": b"<" + b"a" * 1_000 + b"@trust.example>",
            "long-domain": b"<alice@" + b"a." * 600 + b"example>",
            "tabs": b"\talice\t@\ttrust.example\t",
            "nul": b"ali\x00ce@trust.example",
            "word-in-local": b"=?utf-8?q?a?=@trust.example",
            "percent": b"alice%evil.example@trust.example",
            "bang": b"evil.example!alice",
            "ours": TO,
            "semicolon": b"alice@trust.example; bob@evil.example",
            "unquoted-dots": b"Dr. A. Ferris (ward 7) <alice@trust.example>",
        }.items()
    }


def _wrapped() -> dict[str, bytes]:
    def attached(kind: bytes, name: bytes, data: bytes) -> bytes:
        head = b"Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=" + name + b"\r\n"
        return multipart(b"mixed", part(b"text/plain", b"see the file\r\n"), part(kind, base64.encodebytes(data), head))

    tnef = bytes.fromhex("789f3e22") + b"\x01\x00" + b"\x01\x06\x90\x08\x00\x04\x00\x00\x00\x00\x00\x01\x00\x01\x00" + b"\x02\xff" * 40
    docx = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    names = (
        b'"../../etc/passwd"',
        b'".htaccess"',
        b'"a\x00.exe"',
        b'"C:\\\\x\\\\y.txt"',
        b'"=?utf-8?b?Li4vLi4veA==?="',
        b'"' + b"n" * 600 + b'"',
    )
    return {
        "tnef-garbage": attached(b"application/ms-tnef", b"winmail.dat", tnef),
        "tnef-lengths": attached(
            b"application/ms-tnef", b"winmail.dat", bytes.fromhex("789f3e220100") + b"\x01\xff\xff\xff\xff\xff\xff\xff\xff"
        ),
        "smime-garbage": letter(b'application/pkcs7-mime; smime-type=signed-data; name="smime.p7m"', b"MIAGCSqGSIb3DQEHAqCAMIACAQEx\r\n"),
        "smime-lengths": attached(b"application/pkcs7-mime; smime-type=signed-data", b"smime.p7m", b"\x30\x84\xff\xff\xff\xff" * 50),
        "smime-nest": attached(b"application/pkcs7-mime; smime-type=signed-data", b"smime.p7m", b"\x30\x80" * 3_000),
        "docx-bomb": attached(docx, b"form.docx", _docx(b"0" * 30_000_000)),
        "docx-broken": attached(docx, b"form.docx", _docx(b"<w:p>")[:-30]),
        "docx-entities": attached(docx, b"form.docx", _docx(_BILLION)),
        "docx-many-files": attached(docx, b"form.docx", _zip({f"word/{number}.xml": b"x" for number in range(400)})),
        "pdf-malformed": attached(b"application/pdf", b"form.pdf", _PDF),
        "pdf-endless": attached(
            b"application/pdf", b"form.pdf", b"%PDF-1.7\n1 0 obj<</Type/Pages/Kids[1 0 R]/Parent 1 0 R>>endobj\ntrailer<</Root 1 0 R>>"
        ),
        "pdf-bomb": attached(b"application/pdf", b"form.pdf", _pdf_bomb()),
        "csv-odd": attached(b"text/csv", b"users.csv", b'"a","b\n=cmd|x\n' + b"," * 3_000 + b"\n\x00\xff"),
        "eml-in-eml": attached(b"message/rfc822", b"x.eml", _nest_mails(3)),
        "calendar": letter(b"text/calendar; method=REPLY", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:x\r\n" + b" y" * 500),
        "report-broken": letter(
            b"multipart/report; report-type=delivery-status; boundary=e", b"--e\r\nContent-Type: message/delivery-status\r\n\r\nAction\r\n"
        ),
        "html-deep": letter(b"text/html", b"<div>" * 3_000 + b"deep" + b"</div>" * 10),
        "html-tables": letter(b"text/html", b"<table><tr><td>" * 60 + b"deep"),
        "html-open": letter(b"text/html", b"<p>start<a href='x\"><<<!-- <b>&#x110000;&#99999999999;&#xd800;&nosuch;</p"),
        "html-scripts": letter(
            b"text/html", b"<script>alert(1)</script><img src=x onerror=alert(1)><svg/onload=alert(1)>down<style>p{}</style>"
        ),
        **{
            f"file-name-{number}": multipart(
                b"mixed", part(b"image/svg+xml", b"<svg/>\r\n", b"Content-Disposition: attachment; filename=" + name + b"\r\n")
            )
            for number, name in enumerate(names)
        },
    }


def _forms() -> dict[str, bytes]:
    """What a helpdesk of ours is sent, with the tricks that were played on others."""
    return {
        "template-text": letter(
            b"text/plain",
            b"{{ 7*7 }} {% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %} ${7*7} #{7*7} %s %(x)s {0.__class__}\r\n",
            b"Subject: {{ config }} [INC0000001]\r\n",
        ),
        "commands": letter(b"text/plain", b"#resolve\r\n#close\r\n#assign print\r\nplease\r\n", b"Subject: Re: [INC0000001]\r\n"),
        "labels": letter(
            b"text/plain",
            b"Contact number: " + b"1" * 400 + b"\r\nNumber of affected users: 99999999999999999999999\r\n"
            b"Affected users' email addresses: " + b"a@b.example;" * 400 + b"\r\nIssue description:\r\n> \r\n",
        ),
        "numbers": letter(b"text/plain", "٣ of us, ¹²³, Ⅷ users, 1e999, 0x41, -5, １２ people, +44 (0)113 496 0000 ext. ９\r\n".encode()),
        "quotes": letter(b"text/plain", b"> " * 3_000 + b"\r\n" + b">" * 3_000 + b"\r\nOn Monday, " + b"somebody " * 300 + b"wrote:\r\n"),
        "reply": letter(
            b"text/plain",
            b"Contact number: 0113 496 0000\r\nNumber of affected users: 2\r\n\r\n> Requestor contact number:\r\n> Issue Description:\r\n",
            b"In-Reply-To: @@OUR-ID@@\r\nReferences: @@OUR-ID@@\r\nSubject: Re: @@OUR-SUBJECT@@\r\n",
        ),
        "reply-to-the-reference": letter(b"text/plain", b"It is still broken.\r\n", b"Subject: AW: Re: @@OUR-REFERENCE@@ x\r\n"),
        "reply-of-a-stranger": letter(
            b"text/plain", b"me too\r\n", b"References: @@OUR-ID@@\r\nCc: x@y.example\r\n", sender=b"eve@evil.example"
        ),
        "re-open": letter(b"text/plain", b"It is back.\r\n", b"Subject: Re-open @@OUR-REFERENCE@@ @@OUR-TOKEN@@\r\n"),
        "bounce-of-ours": letter(
            b'multipart/report; report-type=delivery-status; boundary="edge"',
            b"--edge\r\n\r\nIt could not be delivered.\r\n--edge\r\nContent-Type: message/delivery-status\r\n\r\n"
            b"Reporting-MTA: dns; mx.trust.example\r\n\r\nFinal-Recipient: rfc822; alice@trust.example\r\nAction: failed\r\n"
            b"Status: 5.1.1\r\n\r\n--edge\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: @@OUR-ID@@\r\n--edge--\r\n",
            b"Subject: Undelivered Mail Returned to Sender\r\n",
            sender=b"MAILER-DAEMON@trust.example",
        ),
    }


def _nest_mails(depth: int) -> bytes:
    nested = letter(b"text/plain", b"the innermost\r\n")
    for _ in range(depth):
        nested = letter(b"message/rfc822", nested)
    return nested


def _nest_parts(depth: int) -> bytes:
    head = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level) for level in range(depth))
    return b"From: " + FROM + b"\r\nTo: " + TO + b"\r\nSubject: nest\r\n" + head + b"\r\nthe innermost\r\n"


_BILLION = (
    b'<!DOCTYPE x [<!ENTITY a "lol">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + level, b"&%c;" % (97 + level) * 10) for level in range(9))
    + b"]><x>&j;</x>"
)
_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 99999>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/Contents 4 0 R>>endobj\n4 0 obj<</Length -1/Filter[/ASCIIHexDecode/FlateDecode/LZWDecode]>>stream\n"
    b"zz\nendstream endobj\nxref\n0 99999\n0000000000 65535 f\ntrailer<</Root 1 0 R/Size 99999/Prev 0>>\nstartxref\n5\n%%EOF"
)


def _docx(document: bytes) -> bytes:
    kinds = b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"></Types>'
    return _zip({"[Content_Types].xml": kinds, "word/document.xml": document})


def _zip(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _pdf_bomb() -> bytes:
    stream = zlib.compress(b"BT (x) Tj ET\n" * 400_000, 9)
    return (
        b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/Contents 4 0 R>>endobj\n4 0 obj<</Length %d/Filter/FlateDecode>>stream\n"
        % len(stream)
        + stream
        + b"\nendstream endobj\ntrailer<</Root 1 0 R>>"
    )
