"""Addresses, and who wrote a mail: never somebody whom the mail only names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.mail.addresses import key, read, sender
from maild.mail.message import Address


def who(*values: str) -> tuple[str | None, str, bool]:
    """Return address and name of the sender of these From fields, and whether there is any doubt."""
    found = sender(values)
    return (found.address.address if found.address else None, found.address.name if found.address else "", bool(found.defects))


@pytest.mark.parametrize(
    ("value", "address", "name"),
    [
        ("ann@trust.example", "ann@trust.example", ""),
        ("<ann@trust.example>", "ann@trust.example", ""),
        ("Ann Ferris <Ann.Ferris@Trust.Example>", "ann.ferris@trust.example", "Ann Ferris"),
        ('"Ferris, Ann (Ward 7)" <ann@trust.example>', "ann@trust.example", "Ferris, Ann (Ward 7)"),
        ('"O\\"Neil; Ann" <ann@trust.example>', "ann@trust.example", 'O"Neil; Ann'),
        ("ann@trust.example (Ann Ferris)", "ann@trust.example", "Ann Ferris"),
        ("Ann (x (y) \\) z) Ferris <ann@trust.example>", "ann@trust.example", "Ann Ferris"),
        ("=?utf-8?Q?Sorcha_N=C3=AD?= <sorcha@trust.example>", "sorcha@trust.example", "Sorcha Ní"),
        ("Zoë Müller <zoë@müller.example>", "zoë@müller.example", "Zoë Müller"),
        ('"a b"@trust.example', '"a b"@trust.example', ""),
        ("ann+desk@[192.0.2.1]", "ann+desk@[192.0.2.1]", ""),
        ('"alice@nhs.example" <bob@evil.example>', "bob@evil.example", "alice@nhs.example"),
    ],
)
def test_one_clear_address_is_the_sender(value: str, address: str, name: str) -> None:
    """A From with one address is that address, lower case, and its name is only a name."""
    assert who(value) == (address, name, False)


@pytest.mark.rule("REF-8")
@pytest.mark.parametrize(
    "value",
    [
        "alice@nhs.example <bob@evil.example>",
        "alice@nhs.example)bob@evil.example",
        "=?utf-8?q?alice=40nhs.example=3e=00?=bob@evil.example",
        "Alice <alice@nhs.example>@evil.example",
        "Alice <alice@nhs.example> <bob@evil.example>",
        "alice@nhs.example bob@evil.example",
        "<alice@nhs.example@evil.example>",
        "<bob@evil.example:alice@nhs.example>",
        '"alice@nhs.example',
        "(alice@nhs.example",
        "alice @nhs.example",
        "alice@nhs.example:;",
        "<alice@nhs.example",
        "=?utf-8?q?=3Calice=40nhs.example=3E?=",
        "\\alice@nhs.example",
        "alice@[nhs.example",
    ],
)
def test_doubtful_from_is_never_alice(value: str) -> None:
    """A From with any defect is unverified, and is never read as the person whom it only seems to name."""
    address, _, doubtful = who(value)
    assert (address in (None, "bob@evil.example"), doubtful) == (True, True)


@pytest.mark.rule("REF-8")
@pytest.mark.parametrize(
    ("values", "defect"),
    [
        ((), "from-missing"),
        (("",), "from-empty"),
        (("()",), "from-empty"),
        (("<>",), "from-not-an-address"),
        (("ann@trust.example", "ann@trust.example"), "from-repeated"),
        (("ann@trust.example", "eve@evil.example"), "from-several-addresses"),
        (("ann@trust.example, bob@trust.example",), "from-several-addresses"),
        (("Ferris, Ann <ann@trust.example>",), "from-not-an-address"),
        (("ann@trust.example,",), "from-list-empty-entry"),
        (("Team: ann@trust.example;",), "from-group"),
        (("ann@localhost",), "from-domain-odd"),
        (("ann@trust..example",), "from-domain-odd"),
        (("Ann <ann@.example>",), "from-domain-odd"),
        (("ann@trust.example\uff20evil.example",), "from-domain-odd"),
        (("ann@x\uff1e\uff0c\uff1cbob\uff20evil.example",), "from-domain-odd"),
        (("ann@tru\u2026st.example",), "from-domain-odd"),
        (("ann@\uff54rust.example",), "from-domain-odd"),
        (("<@relay.example:ann@trust.example>",), "from-not-an-address"),
        (("<ann\u202e@trust.example>",), "from-not-an-address"),
    ],
)
def test_each_doubt_has_a_name(values: tuple[str, ...], defect: str) -> None:
    """A From that is missing, repeated, has several addresses or is malformed says which it is."""
    assert defect in sender(values).defects


def test_list_of_people_is_read() -> None:
    """A list with names, groups and comments gives each address once."""
    value = 'Ann <ann@x.example>, "B, C" <b@x.example>, Team: c@x.example, ANN@x.example;, undisclosed-recipients:;'
    assert read(value).found == (
        Address(name="Ann", address="ann@x.example"),
        Address(name="B, C", address="b@x.example"),
        Address(name="", address="c@x.example"),
    )


def test_encoded_words_add_no_address() -> None:
    """A name that decodes to an address list stays a name."""
    assert [address.address for address in read("=?utf-8?q?eve=40evil.example=2C?= <ann@x.example>").found] == ["ann@x.example"]


def test_long_lists_are_cut() -> None:
    """Of a list of thousands of addresses the first two hundred are kept, with a defect."""
    found = read(", ".join(f"a{number}@x.example" for number in range(1_000)))
    assert (len(found.found), found.defects) == (200, ("too-many-addresses",))


@pytest.mark.rule("INT-12")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Ann <Ann@Trust.example>", "ann@trust.example"),
        ('"Ferris; Ann" <ANN@trust.example>', "ann@trust.example"),
        ("ann@trust.example (Ann)", "ann@trust.example"),
        ("nobody", ""),
        ("", ""),
    ],
)
def test_key_is_the_lower_case_address(value: str, expected: str) -> None:
    """Mails are kept in order by the lower-case address of their From, or by none."""
    assert key(value) == expected


@given(st.text(alphabet='ab@.<>()[]",;:\\ =?\x00\u202eé', max_size=60))
def test_address_of_a_sender_has_no_strange_characters(value: str) -> None:
    """Whatever From says, what comes out as an address is one: a single @ outside quotes, no blank, no control character."""
    found = sender([value])
    address = found.address.address if found.address else "x@y"
    assert (address.count("@") >= 1, address.isprintable(), "<" in address, "," in address) == (True, True, False, False) or '"' in address
