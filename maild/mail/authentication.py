"""Whether a mail's sender is proven, by the Authentication-Results (RFC 8601) of our own relay and of nobody else (AGT-4).

Anyone can write the header into his mail. What counts are lines with a configured authserv-id that stand above everything the
mail brought along: above the Received line before our relay's, and above the first header that an author or his server writes.
Of each method the topmost word counts. No configured authserv-id: nothing is believed. What closes the last gap is the relay, which must
take headers with its own name out of the mails that it is given (RFC 8601 §5); one that writes no name must write results into every mail,
since only the topmost tells its word from the sender's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

import authres

from maild.mail.message import Message

Result = Literal["pass", "fail", "none"]
Method = Literal["dmarc", "dkim", "spf", "auth", ""]

_CAP = 4096  # characters of one header; authres recurses into comments and takes quadratic time
_MOST = 6  # headers in our relay's name that are read: it writes one, or one for each method
_UNNAMED = "unnamed"
# What a mail brings along: a relay writes its results above these.
_BROUGHT = frozenset(
    ("bcc", "cc", "content-transfer-encoding", "content-type", "date", "dkim-signature", "domainkey-signature", "from", "in-reply-to")
) | {"message-id", "mime-version", "references", "reply-to", "sender", "subject", "to", "user-agent", "x-mailer"}
# The line that maild itself adds on acceptance, and only it: `from NAME ([IP]) by US with ESMTPS id M…; date`.
_OWN_LINE = re.compile(r"from \S{1,255}(?: \(\[\S{1,50}\]\))?\s{1,3}by \S{1,255} with [A-Z0-9]{4,12} id M[0-9A-Za-z_-]{1,40};")
_FAILED = frozenset({"fail", "softfail", "hardfail"})


class TrustedServices(Protocol):
    """Whose results are believed: authserv-ids, or the profile ``unnamed`` for a service that writes none."""

    @property
    def authserv_ids(self) -> tuple[str, ...]:
        """Return the authserv-ids of our own relay."""

    @property
    def authserv_profile(self) -> str:
        """Return "named", or "unnamed" where our relay's results begin without an authserv-id."""

    @property
    def relay_hops(self) -> int:
        """Return how many Received lines our own relays add, maild's own line not counted.

        They are several where a service passes a mail on within its own walls after it wrote the results.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What is known of a sender: ``pass`` by ``method`` for ``domain``, ``fail`` where our relay says it is forged, else ``none``."""

    result: Result
    method: Method = ""
    domain: str = ""


NO_PROOF = Proof(result="none")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    """One method's result: lower-case method and result, and its properties as (``type.name``, value)."""

    method: str
    result: str
    properties: tuple[tuple[str, str], ...]

    def value(self, name: str) -> str:
        return next((value for key, value in self.properties if key == name), "")


def proof(message: Message, services: TrustedServices) -> Proof:
    """Return what our relay found out about the From address of ``message``.

    A pass is DMARC for the From domain, DKIM or SPF for a domain aligned with it, or a submission authenticated as the From
    address itself. A DMARC failure outweighs aligned DKIM and SPF. A From with any defect proves nothing (REF-8).

    Args:
        message: the mail.
        services: whose results are believed.
    """
    if message.sender is None or message.sender_defects or not message.sender.domain:
        return NO_PROOF
    words = tuple(_topmost(message, services))
    verdicts = [found for judge in (_dmarc, _dkim, _spf, _auth) if (found := judge(words, message.sender.address))]
    for wanted in (lambda each: each.method == "dmarc", lambda each: each.result == "pass", lambda each: True):
        for verdict in filter(wanted, verdicts):
            return verdict
    return NO_PROOF


def aligned(one: str, other: str) -> bool:
    """Return whether two domains are the same or one is a subdomain of the other (relaxed alignment, RFC 7489 §3.1).

    The organisational domain is approximated without a public-suffix list; a single label is no organisation.
    """
    one, other = one.lower().rstrip("."), other.lower().rstrip(".")
    return "." in one and "." in other and (one == other or one.endswith("." + other) or other.endswith("." + one))


def _dmarc(words: tuple[_Word, ...], address: str) -> Proof | None:
    domain = _domain(address)
    found = [word for word in words if word.method == "dmarc"]
    if any(word.result in _FAILED for word in found):
        return Proof(result="fail", method="dmarc", domain=domain)
    passed = bool(found) and all(word.result == "pass" and _domain(word.value("header.from")) == domain for word in found)
    return Proof(result="pass", method="dmarc", domain=domain) if passed else None


def _dkim(words: tuple[_Word, ...], address: str) -> Proof | None:
    found = None
    for word in words:
        signer = word.value("header.d") or _domain(word.value("header.i"))
        if word.method == "dkim" and aligned(signer, _domain(address)):
            # A mail may have several signatures: one aligned pass is enough (RFC 7489 §3.1.1).
            found = _judged(word, "dkim", signer.lower()) or found
            if found is not None and found.result == "pass":
                return found
    return found


def _spf(words: tuple[_Word, ...], address: str) -> Proof | None:
    for word in words:
        sender = _domain(word.value("smtp.mailfrom") or word.value("smtp.mail"))
        if word.method == "spf" and aligned(sender, _domain(address)):
            return _judged(word, "spf", sender)
    return None


def _auth(words: tuple[_Word, ...], address: str) -> Proof | None:
    for word in words:
        if word.method == "auth" and word.result == "pass" and word.value("smtp.auth").lower() == address:
            return Proof(result="pass", method="auth", domain=_domain(address))
    return None


def _judged(word: _Word, method: Method, domain: str) -> Proof | None:
    if word.result == "pass":
        return Proof(result="pass", method=method, domain=domain)
    return Proof(result="fail", method=method, domain=domain) if word.result in _FAILED else None


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower().rstrip(".")


def _topmost(message: Message, services: TrustedServices) -> Iterator[_Word]:
    """Yield the results that our own side wrote; of each method only those of the topmost header which names it."""
    settled: set[str] = set()
    read = 0
    received = -1 if _OWN_LINE.match(message.header("received")) else 0
    for header in message.headers:
        if header.name == "received":
            received += 1
        # Results stand above or below the line of the relay which wrote them, never on both sides of it.
        if header.name in _BROUGHT or received > services.relay_hops or (settled and header.name == "received"):
            return
        if header.name == "authentication-results":
            text = _believed(header.value[:_CAP], services)
            read += text != ""
            words = _parsed(text) if text and read <= _MOST else ()
            yield from (word for word in words if word.method not in settled)
            settled |= {word.method for word in words}
            if services.authserv_profile == _UNNAMED:
                return  # without a name nothing tells a second header of ours from one of theirs


def _believed(value: str, services: TrustedServices) -> str:
    """Return the results that one header holds, under a name that authres takes, or "" where it is not by a service that we trust."""
    head, semicolon, rest = value.strip().rstrip("; \t").partition(";")
    if services.authserv_profile == _UNNAMED and "=" in head:  # the first thing that stands there is a result, and no name
        return f"{_UNNAMED}; {head}{semicolon}{rest}"
    # The name may be followed by a version: `mx.trust.example 1; …`.
    name = (head.split() or [""])[0].lower().rstrip(".")
    trusted = {each.lower().rstrip(".") for each in services.authserv_ids}
    return f"{_UNNAMED};{rest}" if semicolon and name in trusted else ""


def _parsed(value: str) -> tuple[_Word, ...]:
    """Return the results as words, none where they cannot be read."""
    try:
        header = authres.AuthenticationResultsHeader.parse(f"Authentication-Results: {value}")
        return tuple(_word(result) for result in header.results)
    except (authres.AuthResError, ValueError, TypeError, AttributeError, LookupError, RecursionError):
        return ()


def _word(result: authres.AuthenticationResult) -> _Word:
    properties = tuple((f"{each.type}.{each.name}".lower(), str(each.value)) for each in result.properties)
    return _Word(method=str(result.method).lower(), result=str(result.result).lower(), properties=properties)
