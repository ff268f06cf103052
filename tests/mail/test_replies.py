"""What a person wrote now, in mails of many clients: quotes, signatures, banners, footers and disclaimers folded away (MDS-2)."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.mail.message import Address
from maild.mail.parse import parse
from maild.mail.replies import Kind, Reply, author_of, split
from tests.mail.growth import growth

EXAMPLES = sorted((Path(__file__).parents[1] / "corpus" / "examples").glob("*.eml"))
MEG = "Meg Pryce <meg.pryce@ward.example>"


def collapsed(text: str) -> str:
    """Return ``text`` without case, punctuation and runs of white space."""
    return re.sub(r"[\W_]+", " ", text.lower()).strip()


def kinds(reply: Reply) -> dict[Kind, str]:
    """Return the text of the folded part of each kind."""
    return {part.kind: part.text for part in reply.folded}


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples(path: Path) -> None:
    """In every example mail the new text is what a careful reader found."""
    message = parse(path.read_bytes())
    reply = split(message.text, message.html, author=author_of(message.sender))
    assert collapsed(json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["new_text"]) == collapsed(reply.new_text)


SIGNATURES = [
    "Kind regards\nMeg Pryce\nWard Manager\nTel: 0113 496 0001",
    "Kind regards,\n\nMeg Pryce\nWard Manager | Ward 7\nHill Hospital, Hill Road, LS1 1AA\nwww.hill.example\nI work Monday to Wednesday.",
    "Best wishes, Meg",
    "Meg",
    "Meg Pryce (she/her)\nWard Manager",
    "Dr Meg Pryce MBBS\nEmail: meg.pryce@ward.example\nMob 07700 900 001",
    "Many thanks\nMeg",
    "Many thanks,\n\nMeg Pryce",
    "--\nanything at all stands below the mark",
    "Cofion gorau\nMeg",
    "Mit freundlichen Grüßen\nMeg Pryce",
    "Meg Pryce | Ward Manager | Ward 7",
]


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("signature", SIGNATURES)
def test_signatures(signature: str) -> None:
    """A signature is folded away, with a mark, after a closing formula, or where only the name tells it."""
    reply = split(f"The lift is stuck.\n\n{signature}\n", author=MEG)
    assert (reply.new_text, kinds(reply)[Kind.SIGNATURE]) == ("The lift is stuck.", signature)


def test_a_nickname_signs() -> None:
    """A name that is not the sender's own signs where it stands alone at the end."""
    assert split("The lift is stuck.\n\nBob\n", author="Robert Hill <robert.hill@ward.example>").new_text == "The lift is stuck."


def test_strangers_sign() -> None:
    """A name that is not the sender's signs above its role or phone, and below any mail of a shared mailbox."""
    assert split("The lift is stuck.\n\nTom Hill\nPorter, Hill Hospital", author=MEG).new_text == "The lift is stuck."
    assert split("The lift is stuck.\n\nTom Hill", author="Ward 7 Clerks <ward7@ward.example>").new_text == "The lift is stuck."


@pytest.mark.parametrize(
    "text",
    [
        "The mailbox is called\n\nDischarge Summaries",
        "The folder is this one.\n\nReferrals",
        "The lift is stuck.\n\nThanks",
        "The lift is stuck.\n\nYes",
        "Kind regards to all\n\nPS the lift is stuck.",
        "The people are:\nMeg Pryce\nTom Hill",
        "Regards\nMeg\n\nPS the clinic is closed on Wednesdays.",
        "Meg,\n\nthe lift is stuck since you left",
        "Teams",
    ],
)
def test_what_a_person_says_is_kept(text: str) -> None:
    """Thanks, short answers, lists of people and postscripts are not taken for a signature."""
    assert split(text, author=MEG).new_text == text


def test_thanks_above_a_blank_line_stay() -> None:
    """Thanks that stand apart from the name are the author's last sentence."""
    assert split("The lift is stuck.\n\nThanks\n\nMeg Pryce", author=MEG).new_text == "The lift is stuck.\n\nThanks"


BANNERS = [
    "CAUTION: This email originated from outside of the organisation. Do not open attachments unless you recognise the sender.",
    "[EXTERNAL]",
    "[EXTERNAL EMAIL] This message was sent from outside your organisation. Please be cautious.",
    "This Message Is From an External Sender This message came from outside your\norganization.",
    "You don't often get email from meg.pryce@ward.example. Learn why this is important<https://aka.example/Learn>",
    "*External sender*: take care when opening attachments.",
    "WARNING! This is an external email. Think before you click.",
    "CAUTION: External email.\n\nDo not click links unless you trust the sender.",
    "CAUTION: This email originated from outside the organisation. Do not click links. Report concerns to 01632 960 999.",
    "This email is from an external source. If in doubt, ring the service desk on 01632 960 999.",
    "This email originated from outside of the organisation.\nDo not click links.\nFor help call the Service Desk on 0113 496 0999.",
    "** External Email ** Please take care with links and attachments. Contact IT Security on ext 4000 if concerned.",
    "⚠ EXTERNAL: This email was sent from outside the Health Board. Treat links with caution. Queries: 029 2018 0000",
    "[EXTERNAL] Think before you click. Report phishing to spam@ward.example.",
]


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("banner", BANNERS)
def test_banners(banner: str) -> None:
    """A gateway's warning above the text is folded away."""
    reply = split(f"{banner}\n\nThe lift is stuck.\n")
    assert (reply.new_text, Kind.BANNER in kinds(reply)) == ("The lift is stuck.", True)


def test_text_on_the_banner_s_line_stays() -> None:
    """What the author wrote behind a banner on the same line is kept."""
    assert split("CAUTION: This email originated from outside. The lift is stuck.").new_text == "The lift is stuck."
    assert split("Warning: the lift is stuck.").new_text == "Warning: the lift is stuck."
    assert split("We get no mail that originated from outside.").new_text == "We get no mail that originated from outside."
    assert split("External email does not arrive. What now?").new_text == "External email does not arrive. What now?"


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize(
    "footer",
    [
        "Sent from my iPhone",
        "Sent from Outlook for Android<https://aka.example/x>",
        "Get Outlook for iOS",
        "Sent from my Galaxy",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPhone",
        "Anfonwyd o fy iPhone",
        "Sent from my iPad",
    ],
)
def test_footers(footer: str) -> None:
    """What a device adds to a mail is folded away."""
    reply = split(f"The lift is stuck.\n\n{footer}\n")
    assert (reply.new_text, kinds(reply)[Kind.FOOTER]) == ("The lift is stuck.", footer)


def test_a_sentence_about_sending_is_no_footer() -> None:
    """A long sentence that begins like a footer is kept."""
    text = "Sent from the ward office last night because the line to the lift engineer was down again, can you check?"
    assert split(text).new_text == text


DISCLAIMERS = [
    "This email and any attachments are confidential and intended solely for the addressee. Please delete it.",
    "Disclaimer The information contained in this communication is confidential. It has been scanned for viruses.",
    "This message may contain confidential information. If you are not the intended recipient please:\ni) inform the sender.",
    "**********\n\nConfidentiality notice: not for disclosure.\n\nThank you for your co-operation.\n\nNHSmail is the secure email service.",
    "Please consider the environment before you print this email.",
]


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("disclaimer", DISCLAIMERS)
@pytest.mark.parametrize("quoted", [False, True])
def test_disclaimers(disclaimer: str, quoted: bool) -> None:
    """A disclaimer is folded away, above the quote and below it."""
    quote = "On 23/03/2026 12:09, Desk wrote:\n> How many?\n\n" if quoted else ""
    reply = split(f"The lift is stuck.\n\nMeg\n\n{quote}{disclaimer}\n", author=MEG)
    assert (reply.new_text, Kind.DISCLAIMER in kinds(reply)) == ("The lift is stuck.", True)


def test_confidential_things_are_told() -> None:
    """A person who tells of confidential mail that went astray is heard."""
    text = "I received this email in error, it has confidential attachments. Can you delete it?"
    assert split(text).new_text == text


@pytest.mark.rule("MDS-3")
def test_line_numbers() -> None:
    """New lines and folded parts keep their line numbers."""
    reply = split("[EXTERNAL]\n\nThe lift is stuck.\n\n-- \nMeg\n\nOn 23/03/2026 12:09, Desk wrote:\n> How many?\n")
    assert [(line.number, line.text) for line in reply.lines if line.text] == [(3, "The lift is stuck.")]
    assert [(part.kind, part.first) for part in reply.folded] == [(Kind.BANNER, 1), (Kind.SIGNATURE, 5), (Kind.QUOTE, 8)]


def test_pictures_in_the_text() -> None:
    """A picture's place-holder is no text; pictures of the new text are named, those of the signature are not."""
    reply = split("See below.\n[cid:image002.png@01DB]\n\nMeg Pryce\n[cid:image001.png@01DB]\n", author=MEG)
    assert (reply.new_text, reply.inline_images) == ("See below.", ("image002.png@01DB",))


def test_pictures_in_the_html() -> None:
    """A picture that the HTML shows below a line of the new text stands in it; one below the name does not."""
    html = '<p>See below.</p><p><img src="cid:two@x"></p><p>Meg Pryce</p><p><img src="cid:one@x"></p>'
    assert split("See below.\n\nMeg Pryce\n", html, author=MEG).inline_images == ("two@x",)


def test_author_of() -> None:
    """A mail without usable sender has no author."""
    assert (author_of(Address(name="Meg", address="m@e.example")), author_of(None)) == ("Meg <m@e.example>", "")


def test_other_forms() -> None:
    """A configuration's own labels are found in the quote instead of the procedure's."""
    reply = split("> Asset tag: EX-1\n> Number of affected users: 3\n", form=("Asset tag",))
    assert [(answer.label, answer.value) for answer in reply.answers] == [("Asset tag", "EX-1")]


GROWTH = 6  # four times the text; a quadratic pass would cost sixteen times as much
STALLS = [
    "\n",
    "On ",
    "On \n",
    ">",
    ">\n",
    "<a ",
    " ",
    ":",
    "<div>",
    "From: a\n",
    "> Issue Description:\n",
    "--\n",
    "Meg Pryce\n",
    "Sent from my ",
]


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("pattern", STALLS)
def test_linear(pattern: str) -> None:
    """Four times the text costs about four times as much, whatever it is made of, and nothing of it is lost."""
    text = (pattern * (131072 // len(pattern) + 1))[:131072]
    assert any(growth(_split, text[:32768], text) < GROWTH for _ in range(3))
    reply = split(text)
    kept = [line.text for line in reply.lines] + [part.text for part in reply.folded]
    assert sum(len("".join(part.split())) for part in kept) == len("".join(text.split()))


def _split(text: str) -> Reply:
    """Return the text split, with itself as its HTML where it has tags."""
    return split(text, text if "<" in text else "", author=MEG)


@given(
    st.lists(
        st.sampled_from(
            [
                "> ",
                "On 1/2/2026 Meg wrote:",
                "From: a",
                "To: b",
                "Subject: c",
                "Meg",
                "Kind regards",
                "",
                "--",
                "Issue Description:",
                "[cid:a]",
            ]
        )
    )
)
def test_never_raises(lines: list[str]) -> None:
    """Any arrangement of marks is split without an exception, and the new text holds only what the mail says."""
    reply = split("\n".join(lines), "\n".join(lines), author=MEG)
    assert all(line.text in lines for line in reply.lines if line.text)


@pytest.mark.rule("MDS-2")
def test_a_signature_above_the_form_is_parted_from_it() -> None:
    """Name and role below a greeting and above a blank line are signature; a name right above a label, or below nothing, is text."""
    form = "Requestor contact number: 0113 496 0001\nNumber of affected users: 2"
    signed = split(f"Hello, the form is below.\n\nMeg Pryce\nWard Clerk\n\n{form}", "", author="Meg Pryce")
    assert f"Hello, the form is below.\n\n{form}" == signed.new_text
    for text in (f"Meg Pryce\nContact number: 0113 496 0002\n\n{form}", f"Hello.\n\nMeg Pryce\nWard Clerk\n{form}"):
        assert text == split(text, "", author="Meg Pryce").new_text
