"""Which addresses are ours (INT-2), and the token in a plus-addressed form of the service address (REF-2).

Pure: one answer for RCPT, for ``inject`` and for ``explain``.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from maild.policy.rules import AddressRules

ROLES = frozenset({"postmaster", "abuse"})


class RecipientClass(StrEnum):
    """What an address of ours is for."""

    HELPDESK = "helpdesk"
    SERVICE = "service"
    PERSON = "person"


def recipient_class(address: str, rules: AddressRules) -> RecipientClass | None:
    """Return what ``address`` is to us, or None where it is not ours.

    ``service+anything@`` is ours whatever stands behind the plus: a bad token is no evidence, not a refusal. ``postmaster`` and
    ``abuse`` are taken in any case at each of our domains, and ``postmaster`` without a domain (RFC 5321 §4.5.1).
    """
    address = address.lower()
    if address in rules.helpdesk:
        return RecipientClass.HELPDESK
    if _plus_part(address, rules) is not None:
        return RecipientClass.SERVICE
    local, at, domain = address.rpartition("@")
    if address == "postmaster" or address in rules.persons or (at and local in ROLES and domain in rules.domains):
        return RecipientClass.PERSON
    return None


def plus_token(address: str, rules: AddressRules) -> str:
    """Return what stands behind the plus of a service address, lower case; "" where there is nothing."""
    return _plus_part(address.lower(), rules) or ""


def _plus_part(address: str, rules: AddressRules) -> str | None:
    local, _, domain = address.rpartition("@")
    service, _, service_domain = rules.service.rpartition("@")
    if domain != service_domain:
        return None
    if local == service:
        return ""
    return local[len(service) + 1 :] if local.startswith(service + "+") else None


def person_for(recipients: Iterable[str], rules: AddressRules) -> str:
    """Return who gets mail to the first role address among ``recipients``, "" where nobody is configured (INT-2)."""
    for address in recipients:
        address = address.lower()
        local = address.partition("@")[0]
        if recipient_class(address, rules) is RecipientClass.PERSON:
            by_role = (person for role, person in rules.persons.items() if role.partition("@")[0] == local)
            return rules.persons.get(address) or next(by_role, "")
    return ""
