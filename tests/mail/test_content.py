"""What a person finds in a mail: its text, and what is attached to it."""

from __future__ import annotations

import base64
import hashlib
import zlib

import pytest

from maild.mail.content import ATTACHED_TEXTS, TEXT_BYTES, TEXT_LINES, Content, file_name, gather
from maild.mail.mime import read_tree
from tests.mail.cms import signed


def content(*parts: str, kind: str = "mixed") -> Content:
    """Return what is found in a multipart mail of ``parts``."""
    body = "".join(f"--b\n{part}\n" for part in parts)
    return gather(read_tree(f"Content-Type: multipart/{kind}; boundary=b\n\n{body}--b--\n".encode()))


def alone(part: str) -> Content:
    """Return what is found in a mail that is this one part."""
    return gather(read_tree(part.encode()))


@pytest.mark.parametrize(
    ("plain", "html", "expected"),
    [
        ("Hello", "<p>Hello <b>there</b></p>", "Hello"),
        ("", "<p>Hello</p>", "Hello"),
        (" \n\n ", "<p>Hello</p>", "Hello"),
        ("This message is in HTML format.", "<p>Hello</p>", "Hello"),
        ("Please view this email in a browser", "<p>Hello</p>", "Hello"),
        ("The html editor is broken", "<p>The html editor is broken</p>", "The html editor is broken"),
        ("Your html is odd", "<p></p>", "Your html is odd"),
        ("Hello", "", "Hello"),
    ],
)
def test_plain_text_is_read_unless_it_is_a_stub(plain: str, html: str, expected: str) -> None:
    """Of the two forms of a body the plain one is read, unless it is empty or says only that there is another."""
    found = content(f"Content-Type: text/plain\n\n{plain}", f"Content-Type: text/html\n\n{html}", kind="alternative")
    assert (found.text.strip(), found.html, found.attachments) == (expected, html, ())


CELLS = (
    "<p>See below.</p><table><tr><td><p>Contact number</p></td><td><p class=a>029 2018 0417</p></td></tr>"
    "<tr><td>Number of affected users</td><td>6</td></tr><tr><TD>Issue</TD><td><a href=x>Labels are blank</a></td></tr></table>"
)


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("plain", ["See below.", "See below.\n\nContact number\n", "See below.\n\n[table]\n\nGwen\n" + "Ward B5 " * 80])
def test_table_that_the_plain_text_leaves_out_is_read(plain: str) -> None:
    """Where the plain text leaves out what stands in the HTML's table, the HTML is read."""
    found = content(f"Content-Type: text/plain\n\n{plain}", f"Content-Type: text/html\n\n{CELLS}", kind="alternative")
    assert "Number of affected users\t6" in found.text


@pytest.mark.parametrize("joint", ["\n", "\t", " | "])
def test_table_that_the_plain_text_has_is_read_there(joint: str) -> None:
    """Where the plain text has all that stands in the table, it is read as it is."""
    plain = joint.join(["See below.", "Contact number", "029 2018 0417", "Number of affected users", "6", "Issue", "Labels are blank"])
    found = content(f"Content-Type: text/plain\n\n{plain}", f"Content-Type: text/html\n\n{CELLS}", kind="alternative")
    assert plain == found.text


def test_texts_below_each_other_are_one_text() -> None:
    """Text parts without a file name follow each other in the text, with the HTML of those that have it."""
    found = content("\none\n", "Content-Type: text/html\n\n<p>two</p>", "Content-Type: text/x-amp-html\n\n<p>no</p>", "\nthree")
    assert (found.text, found.html) == ("one\ntwo\nthree", "<p>two</p>")


@pytest.mark.parametrize(
    ("headers", "filename", "content_type", "text"),
    [
        ("Content-Type: text/plain; name=notes.txt", "notes.txt", "text/plain", "a,b"),
        ("Content-Type: text/plain\nContent-Disposition: attachment", "", "text/plain", "a,b"),
        ("Content-Type: application/octet-stream; name=users.CSV", "users.CSV", "application/octet-stream", "a,b"),
        ("Content-Type: text/html; name=x.html", "x.html", "text/html", "a,b"),
        ("Content-Type: image/png; name=x.png", "x.png", "image/png", ""),
        ("Content-Type: application/pdf; name=x.pdf", "x.pdf", "application/pdf", ""),
        ("Content-Type: text/calendar; method=REPLY", "", "text/calendar", ""),
    ],
)
def test_what_has_a_name_is_attached(headers: str, filename: str, content_type: str, text: str) -> None:
    """A part with a name, or marked so, is an attachment with size, digest and what can be read of it."""
    (attachment,) = content("\nHello", f"{headers}\n\na,b").attachments
    assert (attachment.filename, attachment.content_type, attachment.text, attachment.size, attachment.part) == (
        filename,
        content_type,
        text,
        3,
        1,
    )
    assert attachment.sha256 == hashlib.sha256(b"a,b").hexdigest()


def test_body_that_is_marked_as_attachment_is_still_the_body() -> None:
    """The only part of a mail is its text, whatever its client calls it."""
    assert alone("Content-Type: text/plain; name=x.txt\nContent-Disposition: attachment\n\nHello").text == "Hello"


def test_attached_mail_is_named_after_its_subject_and_read() -> None:
    """An attached mail has a file name made of its subject, and its headers and text can be read."""
    head = "From: bob@x.example\nSubject: Odd: =?utf-8?q?caf=C3=A9?=\nContent-Type: multipart/mixed; boundary=i"
    inner = f"Content-Type: message/rfc822\n\n{head}\n\n"
    (attachment,) = content("\nHello", f"{inner}--i\nContent-Type: text/html\n\n<p>One</p><p>Two</p>\n--i--").attachments
    assert (attachment.filename, attachment.text) == (
        "Odd: café.eml",
        "From: bob@x.example\nSubject: Odd: café\n\nOne\n\nTwo",
    )


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("Content-Type: message/rfc822\n\n\nno headers", "message.eml"),
        ("Content-Type: application/octet-stream; name=saved.eml\n\nSubject: x\n\nwords", "saved.eml"),
    ],
)
def test_saved_mails_are_attachments(part: str, name: str) -> None:
    """A mail without a subject, or saved as a file, is an attachment with a name."""
    assert content("\nHello", part).attachments[0].filename == name


def test_pictures_that_the_html_shows_are_inline() -> None:
    """A picture whose Content-ID the HTML names is inline; one that it does not name is something attached."""
    found = content(
        'Content-Type: text/html\n\n<img src="CID:a@x"><img src=cid:c>',
        "Content-Type: image/png\nContent-ID: <A@x>\n\nx",
        "Content-Type: image/png\nContent-ID: <b@x>\n\nx",
        "Content-Type: image/png\nContent-Disposition: inline; filename=shot.png\n\nx",
        kind="related",
    )
    assert [attachment.inline for attachment in found.attachments] == [True, False, False]


@pytest.mark.rule("MDS-7")
@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("\n", "empty"),
        ("Content-Type: text/html\n\n<p>&nbsp;</p>", "empty"),
        ("\nHello", ""),
        ("Content-Type: application/pdf\n\nx", ""),
        ("Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nx", "encrypted"),
        ("Content-Type: application/pkcs7-mime\n\nx", "encrypted"),
        ("Content-Type: application/pkcs7-mime; smime-type=signed-data\n\nx", "undecodable"),
        ("Content-Type: application/octet-stream; name=smime.p7m\n\nx", "encrypted"),
        ("Content-Type: application/x-microsoft-rpmsg-message\n\nx", "encrypted"),
        ("Content-Type: application/octet-stream; name=message.rpmsg\n\nx", "encrypted"),
        ("\nDear all\n-----BEGIN PGP MESSAGE-----\n\nhQ", "encrypted"),
        ("Content-Type: application/ms-tnef\n\nx", "undecodable"),
        ("Content-Transfer-Encoding: base64\n\n????", "undecodable"),
        ("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nAQIDBAUGBwgBAgME", "undecodable"),
        ("Content-Type: multipart/encrypted; boundary=b\n\n--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--b--", "encrypted"),
    ],
)
def test_what_cannot_be_read_says_why(part: str, expected: str) -> None:
    """Encrypted, undecodable and empty mails are told apart from mails that say too little."""
    assert alone(part).unreadable == expected


@pytest.mark.rule("MDS-7")
@pytest.mark.parametrize("part", ["Content-Type: application/pkcs7-mime; name=other.p7m\n\nx", "Content-Type: application/ms-tnef\n\nx"])
def test_text_beside_a_closed_wrapper_can_be_read(part: str) -> None:
    """A mail whose own words can be read is readable, whatever closed file lies beside them."""
    found = content("\nCan you open this?", part)
    assert (found.text, found.unreadable, len(found.attachments)) == ("Can you open this?", "", 1)


def test_signatures_are_not_what_somebody_sent() -> None:
    """The signature of a signed mail is marked as inline, so that nobody takes it for evidence; the text is read."""
    found = content("\nHello", "Content-Type: application/pgp-signature; name=signature.asc\n\nx", kind="signed")
    assert (found.text, [attachment.inline for attachment in found.attachments], found.unreadable) == ("Hello", [True], "")


@pytest.mark.rule("INT-5")
def test_long_texts_are_cut_with_a_defect() -> None:
    """A text of too many bytes or lines is cut, and says so."""
    long, many = alone("\n" + "x" * (TEXT_BYTES + 9)), alone("\n" + "x\n" * (TEXT_LINES + 9))
    assert (len(long.text), long.defects, many.text.count("\n"), many.defects) == (TEXT_BYTES, ("text-cut",), TEXT_LINES - 1, ("text-cut",))


@pytest.mark.rule("INT-5")
@pytest.mark.parametrize("part", ["\n" + "x\f" * (TEXT_LINES + 9), "Content-Type: text/html\n\n" + "x<br>" * (TEXT_LINES + 9)])
def test_lines_are_counted_as_a_person_sees_them(part: str) -> None:
    """Lines that form feeds or HTML make count as well, so that no mail has more of them than its readers are made for."""
    found = alone(part)
    assert (found.text.count("\n"), found.defects) == (TEXT_LINES - 1, ("text-cut",))


@pytest.mark.rule("INT-5")
def test_attachments_together_give_so_much_text() -> None:
    """The texts of many attachments are read up to a megabyte in all."""
    found = content(*["Content-Type: text/plain; name=x.txt\n\n" + "x" * 300_000] * 6)
    assert sum(len(attachment.text) for attachment in found.attachments) == ATTACHED_TEXTS


@pytest.mark.rule("AGT-2")
def test_content_is_passed_on_up_to_a_bound() -> None:
    """The content of attachments goes along while it is no more than ten megabytes in all; an inline picture keeps its own."""
    big = "Content-Type: application/zip; name=x.zip\n\n" + "x" * 6_000_000
    picture = "Content-Type: image/png\nContent-ID: <a>\n\nx"
    found = content('Content-Type: text/html\n\n<img src="cid:a">', big, big, picture)
    assert [(each.size, len(each.data), each.inline) for each in found.attachments] == [
        (6_000_000, 6_000_000, False),
        (6_000_000, 0, False),
        (1, 1, True),
    ]


def test_invisible_characters_are_left_out_of_the_text() -> None:
    """Control, zero-width and bidirectional characters go, hard blanks become blanks; letters of any script stay."""
    assert alone("\na\x07b\u200bc\u202ed\xa0e\x0bf é 你 👩\u200d⚕").text == "abcd e\nf é 你 👩\u200d⚕"
    assert alone("\na\x07b").text == "ab"
    html = "Content-Type: text/html; charset=utf-8\n\n<p>a\x07b\x1b\u202ec&#27;&#x202e;d&#0;e\u2028f&shy;g</p>"
    assert alone(html).text == "abcd\ufffde\nfg"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.txt", "a.txt"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\x.doc", "x.doc"),
        ("...", ""),
        ("../", ""),
        (" .htaccess ", "htaccess"),
        ("a\r\nb.txt", "a b.txt"),
        ("e\u0301.txt", "é.txt"),
        ("x" * 300 + ".docx", "x" * 180 + ".docx"),
        ("x" * 300, "x" * 200),
    ],
)
def test_file_names_cannot_lead_anywhere(name: str, expected: str) -> None:
    """A file name is one component without control characters, and not too long."""
    assert file_name(name) == expected


def test_wrappers_inside_wrappers_come_to_an_end() -> None:
    """Signed mails inside one another are opened three deep; what is deeper stays an attachment."""
    inner = b"Content-Type: text/plain\n\nHello"
    for _ in range(4):
        inner = b"Content-Type: application/pkcs7-mime; smime-type=signed-data\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(
            signed(inner)
        )
    found = gather(read_tree(inner))
    assert (found.text, [attachment.filename for attachment in found.attachments]) == ("", ["smime.p7m"])


def test_compressed_text_is_not_text() -> None:
    """What calls itself text and is compressed data is undecodable."""
    data = base64.encodebytes(zlib.compress(bytes(range(256)) * 9)).decode()
    assert alone(f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{data}").unreadable == "undecodable"
