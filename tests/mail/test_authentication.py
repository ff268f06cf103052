"""Proof of the sender by Authentication-Results (AGT-4, REF-8)."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.mail.authentication import NO_PROOF, Proof, aligned, proof
from maild.mail.message import Address, Header, Message
from maild.mail.parse import parse

OWN_LINE = ("Received", "from relay.desk.example ([127.0.0.1]) by maild.desk.example with ESMTP id M7k2p9x; Mon, 2 Mar 2026 10:00:00 +0000")
RELAY = (
    "Received",
    "from mx.trust.example (mx.trust.example [192.0.2.7]) by mx.desk.example (Postfix) with ESMTPS id 4F1; Mon, 2 Mar 2026",
)
THEIRS = ("Received", "from laptop ([192.0.2.9]) by mx.trust.example with ESMTPSA id 77; Mon, 2 Mar 2026 09:59:58 +0000")
BODY_OF_HEADERS = (("From", "Ann <ann@trust.example>"), ("Subject", "printer"))


@dataclass(frozen=True)
class Services:
    """What of the sender rules is asked for."""

    authserv_ids: tuple[str, ...] = ("mx.desk.example",)
    authserv_profile: str = "named"
    relay_hops: int = 1


def mail(*headers: tuple[str, str], sender: str | None = "ann@trust.example", defects: tuple[str, ...] = ()) -> Message:
    """Return a mail with these headers, topmost first."""
    return Message(
        headers=tuple(Header(name=name.lower(), value=value) for name, value in (*headers, *BODY_OF_HEADERS)),
        message_id="<1@trust.example>",
        in_reply_to=(),
        references=(),
        subject="printer",
        sender=Address(name="Ann", address=sender) if sender is not None else None,
        sender_defects=defects,
        to=(),
        cc=(),
        reply_to=(),
        date=None,
        text="",
        html="",
        content_type="text/plain",
        content_params=(),
        attachments=(),
        report=None,
        defects=(),
    )


def results(text: str, *, by: str = "mx.desk.example") -> tuple[str, str]:
    """Return an Authentication-Results header."""
    return ("Authentication-Results", f"{by}; {text}")


def passed(method: str, domain: str = "trust.example") -> Proof:
    """Return a pass."""
    return Proof(result="pass", method=method, domain=domain)  # type: ignore[arg-type]  # the method's name as text


DMARC = "dmarc=pass (p=reject dis=none) header.from=trust.example"


@pytest.mark.rule("AGT-4")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (DMARC, passed("dmarc")),
        ("dkim=pass header.d=trust.example header.s=s1 header.b=a/b+c=; spf=fail smtp.mailfrom=bulk.example; " + DMARC, passed("dmarc")),
        ("DMARC=Pass header.From=Trust.Example", passed("dmarc")),
        ("dkim=pass header.d=mail.trust.example", passed("dkim", "mail.trust.example")),
        ("dkim=pass header.i=@trust.example", passed("dkim")),
        ("dkim=fail header.d=trust.example; dkim=pass header.d=trust.example", passed("dkim")),
        ("spf=pass smtp.mailfrom=bounces@news.trust.example", passed("spf", "news.trust.example")),
        ("spf=pass smtp.mailfrom=trust.example smtp.helo=mx.trust.example;", passed("spf")),
        ("dmarc=none header.from=trust.example; dkim=pass header.d=trust.example", passed("dkim")),
        ("auth=pass smtp.auth=ann@trust.example", passed("auth")),
    ],
)
def test_our_relays_word_proves_the_sender(text: str, expected: Proof) -> None:
    """DMARC for the From domain, aligned DKIM or SPF, and a submission authenticated as the sender are proof."""
    assert proof(mail(OWN_LINE, RELAY, results(text), THEIRS), Services()) == expected


@pytest.mark.rule("AGT-4")
@pytest.mark.parametrize(
    "text",
    [
        "none",
        "dmarc=pass header.from=evil.example",
        "dmarc=pass",
        "dmarc=none header.from=trust.example",
        "dkim=pass header.d=evil.example",
        "dkim=pass header.d=example",
        "dkim=pass header.d=nottrust.example",
        "dkim=permerror header.d=trust.example",
        "dkim=pass",
        "spf=pass smtp.mailfrom=evil.example",
        "spf=pass smtp.helo=trust.example",
        "auth=pass smtp.auth=bob@trust.example",
        "auth=pass smtp.auth=ann",
        "iprev=pass policy.iprev=192.0.2.7",
        "dkim=pass (header.d=trust.example) header.d=evil.example",
        'spf=fail smtp.mailfrom="x; dmarc=pass header.from=trust.example"@evil.example',
        "this is not a result",
        "dmarc=pass header.from=trust.example (never closed",
        "(" * 8000,
    ],
)
def test_what_proves_nothing(text: str) -> None:
    """Another domain's pass, a result without its domain, other methods and unreadable results prove nothing."""
    assert proof(mail(RELAY, results(text), THEIRS), Services()) == NO_PROOF


@pytest.mark.rule("AGT-4")
@pytest.mark.parametrize(
    ("text", "method"),
    [
        ("dmarc=fail header.from=trust.example; dkim=pass header.d=trust.example", "dmarc"),
        ("dmarc=pass header.from=trust.example; dmarc=fail header.from=trust.example", "dmarc"),
        ("dkim=fail header.d=trust.example", "dkim"),
        ("spf=softfail smtp.mailfrom=ann@trust.example", "spf"),
    ],
)
def test_forged_sender_is_called_so(text: str, method: str) -> None:
    """A failure of DMARC outweighs every pass; a failure of aligned DKIM or SPF alone is a failure as well."""
    found = proof(mail(RELAY, results(text), THEIRS), Services())
    assert (found.result, found.method, found.domain) == ("fail", method, "trust.example")


@pytest.mark.rule("AGT-4")
@pytest.mark.parametrize("by", ["mx.desk.example", "MX.Desk.Example", "mx.desk.example.", "mx.desk.example 1"])
def test_authserv_id_in_any_case_with_dot_or_version(by: str) -> None:
    """Our authserv-id is known in any case, with a trailing dot, and with a version."""
    assert proof(mail(RELAY, results(DMARC, by=by)), Services(authserv_ids=("mx.desk.example.",))) == passed("dmarc")


@pytest.mark.rule("AGT-4")
@pytest.mark.parametrize("by", ["mx.evil.example", "desk.example", "mx.desk.example.evil.example", "", "[192.0.2.1]"])
def test_other_authserv_ids_are_not_believed(by: str) -> None:
    """A header by anyone but the configured authserv-id proves nothing, wherever it stands."""
    assert proof(mail(results(DMARC, by=by), RELAY), Services()) == NO_PROOF


@pytest.mark.rule("AGT-4")
def test_without_a_configured_service_nothing_is_believed() -> None:
    """With no authserv-id configured even a perfect header proves nothing."""
    assert proof(mail(RELAY, results(DMARC)), Services(authserv_ids=())) == NO_PROOF


@pytest.mark.rule("AGT-4")
@pytest.mark.parametrize(
    "headers",
    [
        (RELAY, THEIRS, results(DMARC)),
        (OWN_LINE, RELAY, THEIRS, results(DMARC)),
        (OWN_LINE, OWN_LINE, RELAY, results(DMARC)),
        (OWN_LINE, RELAY, results("dmarc=fail header.from=trust.example"), results(DMARC)),
        (OWN_LINE, results("dmarc=none header.from=trust.example"), RELAY, results(DMARC)),
        (RELAY, results("dkim=none"), results("dkim=pass header.d=trust.example")),
        (RELAY, results("spf=none smtp.mailfrom=x.example"), RELAY, results(DMARC)),
        (RELAY, ("DKIM-Signature", "v=1; d=evil.example"), results(DMARC)),
        (RELAY, ("From", "ann@trust.example"), results(DMARC)),
        (RELAY, ("Subject", "x"), results(DMARC)),
    ],
)
def test_header_that_the_mail_brought_along_never_counts(headers: tuple[tuple[str, str], ...]) -> None:
    """A header with our name below the line before our relay's, below the author's headers, or below our relay's own word is a forgery."""
    assert proof(mail(*headers), Services()).result in ("none", "fail")


@pytest.mark.rule("AGT-4")
@pytest.mark.parametrize(
    "headers",
    [
        (results(DMARC), RELAY, THEIRS),
        (RELAY, results(DMARC), THEIRS),
        (OWN_LINE, results(DMARC), RELAY, THEIRS),
        (OWN_LINE, RELAY, ("X-Spam-Score", "0"), results(DMARC), THEIRS),
        (RELAY, results("dkim=none"), results(DMARC), THEIRS),
        (results(DMARC),),
    ],
)
def test_results_stand_above_or_below_our_relays_line(headers: tuple[tuple[str, str], ...]) -> None:
    """A relay may write its results above or below its Received line, and each method in a header of its own."""
    assert proof(mail(*headers), Services()) == passed("dmarc")


@pytest.mark.rule("AGT-4")
def test_results_of_a_service_with_inner_hops() -> None:
    """Where a service passes mail on within its walls, the configured number of its lines may stand above the results."""
    message = mail(OWN_LINE, RELAY, RELAY, RELAY, results(DMARC), THEIRS)
    assert proof(message, Services()) == NO_PROOF
    assert proof(message, Services(relay_hops=3)) == passed("dmarc")


EXCHANGE_RESULTS = (
    "spf=pass (sender IP is 192.0.2.7) smtp.mailfrom=trust.example; dkim=pass (signature was verified)"
    " header.d=trust.example;dmarc=pass action=none header.from=trust.example;compauth=pass reason=100"
)
EXCHANGE = ("Authentication-Results", EXCHANGE_RESULTS)


@pytest.mark.rule("AGT-4")
def test_service_that_writes_no_name() -> None:
    """Under the profile for services without an authserv-id the topmost header counts, and no second one."""
    unnamed = Services(authserv_ids=(), authserv_profile="unnamed")
    failed = ("Authentication-Results", "spf=fail smtp.mailfrom=evil.example; dkim=none")
    assert proof(mail(RELAY, EXCHANGE, THEIRS), unnamed) == passed("dmarc")
    assert proof(mail(RELAY, failed, EXCHANGE, THEIRS), unnamed) == NO_PROOF
    assert proof(mail(RELAY, THEIRS, EXCHANGE), unnamed) == NO_PROOF
    assert proof(mail(RELAY, results(DMARC, by="mx.evil.example"), THEIRS), unnamed) == NO_PROOF
    assert proof(mail(RELAY, EXCHANGE, THEIRS), Services()) == NO_PROOF


@pytest.mark.rule("AGT-4")
@pytest.mark.parametrize("hops", [1, 3])
def test_a_service_that_writes_no_name_is_not_forged_below_its_own_lines(hops: int) -> None:
    """What stands below as many Received lines as are ours, below the service's own word, or below the author's headers is the sender's."""
    unnamed = Services(authserv_ids=(), authserv_profile="unnamed", relay_hops=hops)
    ours = (OWN_LINE, *(RELAY,) * hops)
    failed = ("Authentication-Results", "spf=fail smtp.mailfrom=evil.example; dkim=none; dmarc=none header.from=trust.example")
    assert proof(mail(*ours, EXCHANGE, THEIRS), unnamed) == passed("dmarc")
    for forged in ((*ours, THEIRS, EXCHANGE), (*ours, failed, EXCHANGE), (*ours, failed, THEIRS, EXCHANGE), (failed, *ours, EXCHANGE)):
        assert proof(mail(*forged), unnamed) == NO_PROOF
    assert proof(mail(*ours, ("Subject", "x"), EXCHANGE), unnamed) == NO_PROOF


@pytest.mark.rule("AGT-4")
def test_encoded_word_in_an_envelope_sender_adds_no_result() -> None:
    """An RFC 2047 word that somebody put into his envelope sender is not decoded into a result of our relay's."""
    raw = (
        b"Received: from mx.evil.example (mx.evil.example [192.0.2.66]) by mx.desk.example (Postfix) with ESMTP id 1; Mon, 2 Mar 2026\r\n"
        b"Authentication-Results: mx.desk.example;\r\n"
        b"\tspf=pass smtp.mailfrom==?utf-8?q?x=3B_dmarc=3Dpass_header.from=3Dtrust.example=3B_x?=@evil.example\r\n"
        b"From: Ann <ann@trust.example>\r\nSubject: =?utf-8?q?caf=C3=A9?=\r\n\r\nhello\r\n"
    )
    message = parse(raw)
    assert proof(message, Services()) == NO_PROOF
    assert message.header("subject") == "café"


@pytest.mark.rule("REF-8")
def test_doubtful_sender_is_never_proven() -> None:
    """A mail without one clean From address is unproven whatever our relay says."""
    assert proof(mail(RELAY, results(DMARC), defects=("from-repeated",)), Services()) == NO_PROOF
    assert proof(mail(RELAY, results(DMARC), sender=None), Services()) == NO_PROOF
    assert proof(mail(RELAY, results(DMARC), sender="ann"), Services()) == NO_PROOF


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("trust.example", "TRUST.example.", True),
        ("a.b.trust.example", "trust.example", True),
        ("trust.example", "mail.trust.example", True),
        ("trust.example", "distrust.example", False),
        ("example", "trust.example", False),
        ("", "", False),
    ],
)
def test_alignment(one: str, other: str, expected: bool) -> None:
    """A domain is aligned with itself, its subdomains and its parents of two labels or more."""
    assert aligned(one, other) == expected


@given(st.text(max_size=200))
def test_no_header_raises(text: str) -> None:
    """Any text at all in the header gives a proof or none."""
    assert proof(mail(RELAY, results(text), ("Authentication-Results", text)), Services()).result in ("pass", "fail", "none")


def test_hostile_headers_cost_little() -> None:
    """Headers of 64 kB made to stall a parser take milliseconds."""
    for text in ("(a)" * 20_000, "(" * 60_000, '"' * 60_000, "dkim=pass header.d=a.example;" * 2_000, " " * 60_000, "\\" * 60_000):
        started = time.perf_counter()
        proof(mail(RELAY, results(text), THEIRS), Services())
        assert time.perf_counter() - started < 0.25
