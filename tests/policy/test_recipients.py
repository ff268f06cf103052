"""Which addresses are ours, and the token behind the plus."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from maild.policy.recipients import RecipientClass, person_for, plus_token, recipient_class
from maild.policy.rules import AddressRules

RULES = AddressRules(
    helpdesk=("helpdesk@trust.example", "it@clinic.example"),
    service="service@trust.example",
    persons=MappingProxyType({"postmaster@trust.example": "carol@trust.example", "root@trust.example": "carol@trust.example"}),
)


@pytest.mark.rule("INT-2")
@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("helpdesk@trust.example", RecipientClass.HELPDESK),
        ("HelpDesk@Trust.Example", RecipientClass.HELPDESK),
        ("it@clinic.example", RecipientClass.HELPDESK),
        ("helpdesk+x@trust.example", None),
        ("service@trust.example", RecipientClass.SERVICE),
        ("SERVICE+Any.Thing@trust.example", RecipientClass.SERVICE),
        ("service+@trust.example", RecipientClass.SERVICE),
        ("service+a+b@trust.example", RecipientClass.SERVICE),
        ("services@trust.example", None),
        ("service@clinic.example", None),
        ("service+x@clinic.example", None),
        ("Postmaster", RecipientClass.PERSON),
        ("POSTMASTER@clinic.example", RecipientClass.PERSON),
        ("abuse@trust.example", RecipientClass.PERSON),
        ("abuse", None),
        ("root@trust.example", RecipientClass.PERSON),
        ("root@clinic.example", None),
        ("postmaster@elsewhere.test", None),
        ("helpdesk", None),
        ("", None),
        ("@", None),
        ("@trust.example", None),
    ],
)
def test_which_addresses_are_ours(address: str, expected: RecipientClass | None) -> None:
    """Helpdesk, service with anything behind a plus, and the roles at our domains are ours in any case; nothing else is."""
    assert recipient_class(address, RULES) == expected


@pytest.mark.rule("INT-2", "REF-2")
@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("service+1a.2b.k1.abc@trust.example", "1a.2b.k1.abc"),
        ("Service+1A.2B.K1.ABC@Trust.Example", "1a.2b.k1.abc"),
        ("service+a+b@trust.example", "a+b"),
        ("service+@trust.example", ""),
        ("service@trust.example", ""),
        ("helpdesk+token@trust.example", ""),
        ("service+token@elsewhere.test", ""),
    ],
)
def test_the_token_behind_the_plus(address: str, expected: str) -> None:
    """The token is what stands behind the first plus of our service address, in lower case."""
    assert plus_token(address, RULES) == expected


def test_a_service_address_with_a_plus_of_its_own() -> None:
    """Where the service address itself holds a plus, the token begins behind the next one."""
    rules = AddressRules(helpdesk=(), service="desk+maild@trust.example")
    found = [plus_token(address, rules) for address in ("desk+maild+tok@trust.example", "desk+tok@trust.example")]
    assert found == ["tok", ""]
    assert recipient_class("desk+other@trust.example", rules) is None


@pytest.mark.rule("INT-2")
@pytest.mark.parametrize(
    ("recipients", "expected"),
    [
        (("helpdesk@trust.example", "POSTMASTER@trust.example"), "carol@trust.example"),
        (("postmaster@clinic.example",), "carol@trust.example"),
        (("Postmaster",), "carol@trust.example"),
        (("abuse@trust.example",), ""),
        (("helpdesk@trust.example",), ""),
        ((), ""),
    ],
)
def test_who_gets_the_mail_of_a_role(recipients: tuple[str, ...], expected: str) -> None:
    """A role's mail goes to the person of that role at any of our domains; nobody gets it where nobody is configured."""
    assert person_for(recipients, RULES) == expected
