"""One mailbox under many names: quotes, dots and suffixes that its server takes for the same (LOOP-1, LOOP-2, OPS-10)."""

from __future__ import annotations

import pytest

from maild.policy.rules import SenderRules
from tests.desk.house import House
from tests.policy.letters import SERVICE, raw

MALLORY = "mallory@elsewhere.example"


def forms(local: str, domain: str) -> list[str]:
    """Return forty addresses of one mailbox."""
    escaped = [f'"{local[:at]}\\{local[at:]}"@{domain}' for at in range(len(local))]
    dotted = [f"{local[:at]}.{local[at:]}@{domain}" for at in range(1, len(local))]
    tagged = [f"{local}+{number}@{domain}" for number in range(40 - 2 * len(local) - 2)]
    return [f'"{local}"@{domain}', f"{local}@{domain}.", *escaped, *dotted, *tagged, f"{local.upper()}@{domain}"]


@pytest.mark.rule("LOOP-2")
def test_relay_spam_2025_the_forms_of_one_mailbox_share_its_cap(house: House) -> None:
    """Forty mails under forty names of a victim's mailbox: forty tickets, and the ten answers of an hour."""
    names = forms("victim", "bystander.example")
    for number, name in enumerate(names):
        mail = raw(message_id=f"<{number}@e.example>", body=f"Matter {number * 7919} of mine.")
        house.mail(mail.replace(b"From: alice@trust.example", b"From: " + name.encode()), mail_from=MALLORY)
    assert (40, 10) == (len(house.tickets()), len(house.sent()))


@pytest.mark.rule("LOOP-1")
@pytest.mark.parametrize("name", ['"helpdesk"@helpdesk.example', '"serv\\ice"@helpdesk.example', "<service+x@helpdesk.example>"])
def test_our_own_address_in_quotes_is_our_own(house: House, name: str) -> None:
    """It is not answered, and makes no ticket."""
    received = house.mail(raw().replace(b"From: alice@trust.example", b"From: " + name.encode()), mail_from=MALLORY)
    assert ("ignored", []) == (received.disposition, house.sent())


@pytest.mark.rule("OPS-10")
@pytest.mark.parametrize("name", ['"mallory"@elsewhere.example', '"mall\\ory"@elsewhere.example', "Mallory@Elsewhere.Example"])
def test_a_blocked_address_in_quotes_is_blocked(house: House, name: str) -> None:
    """Quotes that need not be there make no other mailbox (RFC 5321 §4.1.2)."""
    house.configure(senders=SenderRules(blocked=frozenset({MALLORY})))
    mail = raw().replace(b"From: alice@trust.example", b"From: " + name.encode())
    assert "blocked" == house.mail(mail, mail_from="bounce@elsewhere.example").reason


@pytest.mark.rule("REF-8")
def test_quotes_that_are_needed_stay(house: House) -> None:
    """A mailbox with a blank in its name is answered where it is."""
    house.mail(raw(to=SERVICE).replace(b"From: alice@trust.example", b'From: "a  b"@trust.example'), to=(SERVICE,))
    assert ['"a  b"@trust.example'] == [each.to for each in house.sent()]
