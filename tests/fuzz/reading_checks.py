"""What must hold of any reading, whatever the mail: each check yields a sentence for what does not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime

from maild.cli.explanation import Explainer
from maild.policy.mds.fields import Evidence, MdsRules
from maild.policy.mds.procedure import PROCEDURE
from maild.policy.reading import Reading
from maild.policy.rules import Rules
from maild.render.context import TEMPLATES
from tests.fuzz.outgoing_checks import HIDDEN

# One line each, nothing that hides or reorders what a person reads, nothing that no UTF-8 can hold.
_NOT_IN_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_WORD = re.compile(r"\w+")


def problems(reading: Reading, rules: MdsRules = PROCEDURE) -> Iterator[str]:
    """Yield what is wrong with a reading."""
    yield from _lines(reading)
    yield from _texts(reading)
    yield from _words(reading, rules)
    message = reading.message
    if message.sender is not None and ("@" not in message.sender.address or message.sender.address != message.sender.address.lower()):
        yield f"the sender's address is none: {message.sender.address!r}"
    if message.sender is None and not message.sender_defects:
        yield "no sender, and no defect says why"


def explained(raw: bytes, rules: Rules, now: datetime) -> Iterator[str]:
    """Yield what is wrong with how ``maild explain`` sees a mail (CONTRACTS 1)."""
    answer, _ = Explainer(rules, now=now, mail_from=None, rcpt_to=(), office=None).explain("mutant", raw)
    line = json.dumps(answer, ensure_ascii=False)
    if "\n" in line or json.loads(line.encode()) != json.loads(json.dumps(answer)):
        yield "its explanation is no line of JSON"
    if answer["class"] not in ("human", "auto", "bounce") or answer["kind"] not in ("new", "update", "unprompted", "ignored"):
        yield f"it is explained as {answer['class']} and {answer['kind']}"
    if answer["class"] != "human" and (answer["kind"] != "ignored" or answer["would_send"]):
        yield f"a machine's mail is {answer['kind']}, and would be sent {answer['would_send']}"
    strange = {mail["template"] for mail in answer["would_send"]} - {*TEMPLATES}
    if strange:
        yield f"it would be sent {strange}"


def _lines(reading: Reading) -> Iterator[str]:
    """Nothing that stands on one line holds a line break or a character that hides."""
    message = reading.message
    people = (*message.to, *message.cc, *message.reply_to, *((message.sender,) if message.sender else ()))
    single = {
        "the subject": (message.subject,),
        "a header": tuple(header.value for header in message.headers),
        "a header's name": tuple(header.name for header in message.headers),
        "a file name": tuple(attachment.filename for attachment in message.attachments),
        "an address": tuple(person.address for person in people),
        "a name": tuple(person.name for person in people),
        "an id": (message.message_id, *message.in_reply_to, *message.references),
        "a defect": (*message.defects, *message.sender_defects),
        "a rule": reading.verdict.rules,
    }
    for what, values in single.items():
        for value in values:
            if HIDDEN.search(value):
                yield f"{what} holds a control character: {value[:80]!r}"
    for attachment in message.attachments:
        if any(character in attachment.filename for character in "/\\") or attachment.filename.startswith(".."):
            yield f"a file name is a path: {attachment.filename[:80]!r}"


def _texts(reading: Reading) -> Iterator[str]:
    """Texts are what a person can read and a store can hold."""
    message = reading.message
    texts = {"the text": message.text, "the new text": reading.reply.new_text}
    texts |= {f"the text of attachment {attachment.part}": attachment.text for attachment in message.attachments}
    texts |= {f"the value {value.key}": str(value.plain()) for value in reading.extraction.values}
    for what, text in texts.items():
        if (found := _NOT_IN_TEXT.search(text)) is not None:
            yield f"{what} holds a control character: {text[max(found.start() - 20, 0) : found.end() + 20]!r}"
    count = message.text.count("\n") + 1
    wrong = [line.number for line in reading.reply.lines if not 1 <= line.number <= count]
    if wrong:
        yield f"lines of the new text stand nowhere: {wrong[:5]}"


def _words(reading: Reading, rules: MdsRules) -> Iterator[str]:
    """Each word of the new text and of the values came from the mail, or is the label of an answer."""
    labels = {word for label in rules.labels for word in _WORD.findall(label)}
    written = set(_WORD.findall(reading.message.text)) | labels
    strange = [word for word in _WORD.findall(reading.reply.new_text) if word not in written]
    if strange:
        yield f"the new text has words that the mail has not: {strange[:5]}"
    source = _source(reading).lower()
    for value in reading.extraction.values:
        data = value.value
        if isinstance(data, int):
            continue  # counted from words ("just me") or addresses
        texts = (
            data if isinstance(data, tuple | list) else (data.text or "", *data.attachments) if isinstance(data, Evidence) else (str(data),)
        )
        strange = [word for text in texts for word in _WORD.findall(str(text).lower()) if word not in source]
        if strange:
            yield f"the value {value.key} has words that the mail has not: {strange[:5]}"


def _source(reading: Reading) -> str:
    message = reading.message
    addresses = (person.address for person in (*message.to, *message.cc, *((message.sender,) if message.sender else ())))
    attached = (text for attachment in message.attachments for text in (attachment.filename, attachment.text))
    return "\n".join((message.text, message.subject, message.html, *addresses, *attached, *reading.reply.inline_images))
