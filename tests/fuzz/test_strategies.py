"""Properties of well-formed mails and dialogues: what was composed is what is read, and what was sent is what is kept."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections import Counter
from pathlib import Path

import fast_mail_parser
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maild.config.listeners import ListenerProtocol
from maild.mail.parse import parse
from tests.fuzz.dialogue import Dialogue
from tests.fuzz.dialogues import try_dialogues
from tests.fuzz.strategies import Letter, Post, cuts, letters, posts
from tests.fuzz.witness import Heard, Witness
from tests.intake.reception import open_house

EXAMPLES = settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.rule("INT-5")
@EXAMPLES
@given(letters())
def test_what_was_composed_is_what_is_read(letter: Letter) -> None:
    """Subject, sender, text and files come out as they went in, whatever form a client gave them."""
    message = parse(letter.raw)
    assert (message.subject, message.text.split("\n")) == (letter.subject, letter.text.split("\n"))
    assert message.sender is not None
    assert (message.sender.address, message.sender.name, message.sender_defects) == (letter.sender, letter.name, ())
    assert [(file.filename, file.content_type, file.sha256) for file in message.attachments] == [
        (file.name, file.content_type, file.sha256) for file in letter.files
    ]
    assert message.defects == ()


@EXAMPLES
@given(letters())
def test_another_parser_reads_the_same(letter: Letter) -> None:
    """Where the oracle (a parser in another language) reads a well-formed mail, both find the same subject and files."""
    try:
        theirs = fast_mail_parser.parse_email(letter.raw)
    except fast_mail_parser.ParseError:
        return
    ours = parse(letter.raw)
    assert ours.subject == " ".join(theirs.subject.split())
    assert Counter(file.sha256 for file in ours.attachments) == Counter(
        hashlib.sha256(file.content).hexdigest() for file in theirs.attachments
    )


@pytest.mark.rule("INT-1", "INT-5")
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.lists(posts(), min_size=1, max_size=4), st.booleans())
def test_what_was_sent_is_what_is_kept(data: st.DataObject, mails: list[Post], lmtp: bool) -> None:
    """Mails pipelined in one go, cut into pieces anywhere, are kept byte for byte, each once, for the recipients that were named."""
    sent = (b"LHLO" if lmtp else b"EHLO") + b" relay.test\r\n" + b"".join(mail.commands for mail in mails) + b"QUIT\r\n"
    pieces = data.draw(cuts(sent))
    with tempfile.TemporaryDirectory() as folder:
        kept = asyncio.run(_kept(pieces, Path(folder), lmtp=lmtp))
        assert asyncio.run(try_dialogues([Dialogue(pieces=pieces, lmtp=lmtp)], Path(folder))).findings == []
    assert kept == [(tuple(dict.fromkeys(mail.recipients)), mail.text) for mail in mails]


async def _kept(pieces: tuple[bytes, ...], folder: Path, *, lmtp: bool) -> list[tuple[tuple[str, ...], bytes]]:
    """Return recipients and text of each mail that was kept."""
    protocol = ListenerProtocol.LMTP if lmtp else ListenerProtocol.SMTP
    async with open_house(folder) as house:
        async with house.peer(greet=False, protocol=protocol) as peer:
            for piece in pieces:
                await peer.send(piece)
            while await peer.line():
                pass
        await house.until_empty()
        return [(mail.envelope.rcpt_to, mail.text) for mail in house.store.mails]


@given(posts())
def test_the_witness_finds_in_a_dialogue_what_was_sent(mail: Post) -> None:
    """The reader that judges dialogues finds in a plain one the mail as its sender had it."""
    told = [
        "220 x",
        "250 mx.trust.example",
        "250 2.1.0 Ok",
        *["250 2.1.5 Ok"] * len(mail.recipients),
        "354 go",
        "250 2.0.0 Ok M1",
        "221 2.0.0 Bye",
    ]
    witness = Witness(Dialogue(pieces=(b"HELO x\r\n" + mail.commands + b"QUIT\r\n",)), Heard(told, [], ended=True))
    witness.walk()
    assert (witness.mails, witness.problems) == ([mail.text], [])
