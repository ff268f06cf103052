"""What attachments give: forms, lists and evidence (MDS-2)."""

from __future__ import annotations

import pytest

from maild.policy.mds.fields import Source
from tests.policy.mds.readings import file, mail, read, values

FORM = "Requestor contact number\t0113 496 0001\nNumber of affected users\t2\nIssue Description\tThe lift is stuck\nOther\ttbc\n"
CSV = "name,email\nTom,tom@ward.example\nAnn,ann@ward.example\n"


@pytest.mark.rule("MDS-2")
def test_forms() -> None:
    """An attached form gives its answers, with its part and line, and is no evidence."""
    found = read(mail("Form attached.", attachments=(file("form.docx", text=FORM, part=3),)))
    value = found.get("affected_users_count")
    assert value is not None
    assert (value.value, value.source, value.part, value.line) == (2, Source.ATTACHMENT, 3, 2)
    assert (found.get("evidence"), found.get("other_information")) == (None, None)


def test_the_mail_goes_before_its_form() -> None:
    """What the mail says itself goes before an attached form; a text with one label is no form."""
    assert values(mail("Number of affected users: 9", attachments=(file("form.txt", text=FORM),)))["affected_users_count"] == 9
    assert "contact_number" not in values(mail("Hi", attachments=(file("log.txt", text="Tel: 0113 496 0001\nall well"),)))


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("name", ["users.csv", "list.TSV", "affected users.txt"])
def test_lists(name: str) -> None:
    """An attached list of people gives the affected users' addresses, where the mail names none, and is no evidence."""
    attachments = (file(name, text=CSV),)
    assert values(mail("See the list.", attachments=attachments)) == {"affected_users_emails": ["tom@ward.example", "ann@ward.example"]}
    assert values(mail("Users affected: joe@ward.example", attachments=attachments)) == {"affected_users_emails": ["joe@ward.example"]}


@pytest.mark.rule("MDS-2")
def test_letters_give_no_values() -> None:
    """An attached mail is evidence; what somebody else filled in there is no answer."""
    assert values(mail("Hello", attachments=(file("bounce.eml", text=FORM),))) == {
        "evidence": {"text": None, "attachments": ["bounce.eml"]}
    }


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("name", ["logo.png", "Trust logo.jpg", "meg.vcf", "smime.p7s", "ATT00001.txt", "winmail.dat", "invite.ics", ""])
def test_no_evidence(name: str) -> None:
    """Logos, cards, seals and leftovers of mail systems are no evidence."""
    assert values(mail("Hello", attachments=(file(name, content_type="image/png" if "logo" in name else "application/x"),))) == {}


@pytest.mark.rule("MDS-2")
def test_pictures() -> None:
    """A picture pasted into the text is evidence; the one in the signature is not."""
    text = "Screenshot:\n[cid:image002.png@01DB]\n\nMeg Pryce\n[cid:image001.png@01DB]\n"
    pictures = tuple(file(name, content_type="image/png", inline=True) for name in ("image001.png", "image002.png"))
    assert values(mail(text, attachments=pictures))["evidence"] == {"text": None, "attachments": ["image002.png"]}
    attached = (file("image001.png", content_type="image/png"), file("image003.png", content_type="image/png"))
    assert values(mail(text, attachments=attached))["evidence"] == {"text": None, "attachments": ["image003.png"]}


def test_one_picture_under_another_name() -> None:
    """Where one picture is shown in the text and one came, they are the same, whatever the Content-ID is called."""
    html = '<p>See below.</p><p><img src="cid:AB12"></p>'
    picture = (file("IMG_1.png", content_type="image/png", inline=True),)
    assert values(mail("See below.", html=html, attachments=picture))["evidence"] == {"text": None, "attachments": ["IMG_1.png"]}


@pytest.mark.rule("MDS-2")
def test_evidence_in_words() -> None:
    """What the text says of an attached file is the evidence's text, if a file came."""
    told = "As requested, original message attached as .msg."
    assert values(mail(told, attachments=(file("Undelivered.msg"),), reply=True))["evidence"] == {
        "text": "original message attached as .msg",
        "attachments": ["Undelivered.msg"],
    }
    assert "evidence" not in values(told)
