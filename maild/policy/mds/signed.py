"""A number to call from the signature; one marked as switchboard, reception or fax is none (MDS-2)."""

from __future__ import annotations

import re

from maild.mail.replies import Kind, Reply
from maild.policy.mds.collect import Collector
from maild.policy.mds.fields import FieldType, Source
from maild.policy.mds.numbers import ALONE, PhoneFound, phones_in, short_number

_NOT_OWN = re.compile(
    r"switch ?board|\bs/?b\b|\bswbd\b|switsfwrdd|\bfax\b|ffacs|\bf\s?[:.]\s?$|reception|\bmain\b|help ?desk|service ?desk|"
    r"help ?line|out[- ]of[- ]hours|\booh\b|appointments?|enquir|general|secretary|\bpa\b|emergency|"
    r"crisis|trust (?:hq|tel|no)|support line|central|booking|hotline|registered|charity|company|vat",
    re.IGNORECASE,
)
_SPLIT = re.compile(r"[|•·/;,]|\s{2,}|\t")


def read_signature(collector: Collector, reply: Reply) -> None:
    """Take the first own number of the author's signature for each phone field without an answer."""
    wanted = collector.of_type(FieldType.PHONE, Source.SIGNATURE)
    if not wanted:
        return
    found = _own_number(reply, collector.region)
    if found is None:
        return
    for rule in wanted:
        collector.put(rule, found[0].text, source=Source.SIGNATURE, line=found[1], warning=found[0].warning)


def _own_number(reply: Reply, region: str) -> tuple[PhoneFound, int] | None:
    above = ""
    extension: tuple[PhoneFound, int] | None = None
    for part in reply.of(Kind.SIGNATURE):
        for offset, line in enumerate(part.text.split("\n")[:40]):
            for phone in phones_in(line, region):
                before = _SPLIT.split(line[: phone.start])[-1] or line[: phone.start]
                label = before if any(character.isalpha() for character in before) else above
                after = line[phone.end : phone.end + 25]
                if not _NOT_OWN.search(label) and not re.match(r"\s*[(\-–]\s*(?:switch|fax|main|reception|s/?b)", after, re.IGNORECASE):
                    return phone, part.first + offset
            short = short_number(line)
            if short and extension is None and not phones_in(line, region):
                extension = PhoneFound(text=short, start=0, end=0, warning=ALONE), part.first + offset
            above = line if line.strip().endswith(":") else ""
    return extension
