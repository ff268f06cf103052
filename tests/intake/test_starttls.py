"""STARTTLS with a real certificate: what was said before is forgotten, and nothing slips in."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from maild.config.listeners import LimitRules, ListenerProtocol, ListenerRules
from maild.errors import ConfigError
from tests.intake.reception import HOSTNAME, Peer, open_house
from tests.intake.test_smtp import TEXT


class Authority:
    """A certificate authority and a certificate in files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ca = trustme.CA()
        self.chain, self.key = folder / "chain.pem", folder / "key.pem"
        self.issue()

    def issue(self) -> None:
        """Write a new certificate over the last one."""
        issued = self.ca.issue_cert(HOSTNAME)
        self.chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        self.key.write_bytes(issued.private_key_pem.bytes())

    def rules(self, protocol: ListenerProtocol = ListenerProtocol.SMTP) -> ListenerRules:
        """Return a listener with the certificate."""
        return ListenerRules(name="tls", protocol=protocol, listen="127.0.0.1:0", starttls_cert=self.chain, starttls_key=self.key)

    def client(self) -> ssl.SSLContext:
        """Return a context that trusts the authority."""
        context = ssl.create_default_context()
        self.ca.configure_trust(context)
        return context


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Give an authority of its own to each test."""
    return Authority(tmp_path)


async def upgrade(peer: Peer, authority: Authority) -> bytes:
    """Turn a peer to TLS after the reply to STARTTLS, and return the certificate that it saw."""
    async with asyncio.timeout(5):
        await peer.writer.start_tls(authority.client(), server_hostname=HOSTNAME)
    certificate = peer.writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    assert isinstance(certificate, bytes)
    return certificate


@pytest.mark.rule("INT-1", "INT-5")
@pytest.mark.parametrize(
    ("protocol", "hello", "name"), [(ListenerProtocol.SMTP, "EHLO", b"ESMTPS"), (ListenerProtocol.LMTP, "LHLO", b"LMTPS")]
)
async def test_a_mail_under_tls(tmp_path: Path, authority: Authority, protocol: ListenerProtocol, hello: str, name: bytes) -> None:
    """STARTTLS is offered once, works, and the Received line says so."""
    async with open_house(tmp_path, authority.rules(protocol)) as house, house.peer(greet=False, protocol=protocol) as peer:
        await peer.reply()
        assert "250-STARTTLS" in (await peer.ask(f"{hello} relay.test"))[0].splitlines()
        assert await peer.ask("STARTTLS") == ["220 2.0.0 Ready to start TLS"]
        await upgrade(peer, authority)
        assert "STARTTLS" not in (await peer.ask(f"{hello} relay.test"))[0]
        assert await peer.ask("STARTTLS") == ["503 5.5.1 TLS is active already"]
        assert await peer.mail(TEXT) == "250 2.0.0 Ok M1"
        assert await peer.ask("QUIT") == ["221 2.0.0 Bye"]
        assert b"by mx.trust.example with " + name + b" id M1" in house.store.mails[0].raw


@pytest.mark.rule("INT-1")
async def test_tls_forgets_what_was_said_before(tmp_path: Path, authority: Authority) -> None:
    """Greeting and mail that were begun in the clear are gone after the handshake (RFC 3207 §4.2)."""
    async with open_house(tmp_path, authority.rules()) as house, house.peer() as peer:
        await peer.ask("MAIL FROM:<>", "RCPT TO:<it@trust.example>", "STARTTLS")
        await upgrade(peer, authority)
        replies = await peer.ask("DATA", "MAIL FROM:<>", "EHLO relay.test", "DATA")
    assert [each[:9] for each in replies] == ["503 5.5.1", "503 5.5.1", "250-mx.tr", "503 5.5.1"]


@pytest.mark.rule("INT-1")
async def test_commands_behind_starttls_are_not_obeyed(tmp_path: Path, authority: Authority) -> None:
    """What was sent in the clear behind STARTTLS, as one who sits in between would, is no command of the TLS session."""
    async with open_house(tmp_path, authority.rules()) as house, house.peer() as peer:
        await peer.send(b"STARTTLS\r\nEHLO evil.test\r\nMAIL FROM:<eve@evil.test>\r\n")
        assert await peer.reply() == "220 2.0.0 Ready to start TLS"
        try:
            await upgrade(peer, authority)
            assert (await peer.ask("RCPT TO:<it@trust.example>"))[0] == "503 5.5.1 Send EHLO first"
        except (ssl.SSLError, ConnectionError):
            assert house.store.mails == []  # the clear text broke the handshake, which is as good


@pytest.mark.rule("INT-1")
async def test_mail_can_be_refused_before_tls(tmp_path: Path, authority: Authority) -> None:
    """Where TLS is demanded nothing but the greeting, STARTTLS and QUIT is obeyed before it."""
    rules = replace(authority.rules(), require_starttls=True)
    async with open_house(tmp_path, rules) as house, house.peer() as peer:
        replies = await peer.ask("MAIL FROM:<>", "HELP", "NOOP", "STARTTLS")
        assert [each[:9] for each in replies] == ["530 5.7.0", "530 5.7.0", "250 2.0.0", "220 2.0.0"]
        await upgrade(peer, authority)
        await peer.ask("EHLO relay.test")
        assert await peer.mail(TEXT) == "250 2.0.0 Ok M1"


async def talk_garbage(peer: Peer, garbage: bytes | None) -> None:
    """Send what is no handshake and read to the end, or go away."""
    if garbage is None:
        return
    try:
        async with asyncio.timeout(5):
            await peer.send(garbage)
            await peer.reader.read()
    except ConnectionError:
        return


@pytest.mark.rule("INT-1", "INT-4")
@pytest.mark.parametrize("garbage", [b"this is no handshake at all\r\n\r\n", b"", None])
async def test_a_handshake_that_fails_ends_the_session_alone(tmp_path: Path, authority: Authority, garbage: bytes | None) -> None:
    """A handshake of garbage, one that never comes, or a peer that goes away instead, ends that session; others are served."""
    rules = replace(authority.rules(), limits=LimitRules(idle_seconds=0.2))
    async with open_house(tmp_path, rules) as house:
        async with house.peer() as peer:
            await peer.ask("STARTTLS")
            await talk_garbage(peer, garbage)
        await house.until_empty()
        async with house.peer() as other:
            assert (await other.mail(TEXT))[:3] == "250"


@pytest.mark.rule("INT-1", "INT-4")
async def test_a_peer_that_asks_for_tls_and_sends_no_more_is_not_waited_for(tmp_path: Path, authority: Authority) -> None:
    """STARTTLS of a peer that has closed its side can come to nothing: the session ends at once, not when its handshake is overdue."""
    async with open_house(tmp_path, authority.rules()) as house, house.peer() as peer:
        peer.writer.write(b"HELP\r\n" * 60 + b"STARTTLS\r\nEHLO evil.test\r\n")  # the end comes before STARTTLS has its turn
        peer.writer.write_eof()
        assert [await peer.line() for _ in range(61)] == ["214 2.0.0 See RFC 5321"] * 60 + [""]
        await house.until_empty()


@pytest.mark.rule("OPS-2")
async def test_a_reload_takes_the_new_certificate(tmp_path: Path, authority: Authority) -> None:
    """After a reload new sessions see the certificate that is in the file now, and sessions under the old one go on."""
    async with open_house(tmp_path, authority.rules()) as house, house.peer() as old:
        await old.ask("STARTTLS")
        before = await upgrade(old, authority)
        authority.issue()
        await house.listeners.reload((authority.rules(),))
        async with house.peer() as new:
            await new.ask("STARTTLS")
            assert await upgrade(new, authority) != before
        await old.ask("EHLO relay.test")
        assert (await old.mail(TEXT))[:3] == "250"


@pytest.mark.rule("INT-1")
async def test_a_certificate_that_cannot_be_used_is_named(tmp_path: Path, authority: Authority) -> None:
    """A certificate that is no certificate is a mistake of the configuration, named with its listener and file."""
    authority.chain.write_text("no certificate")
    with pytest.raises(ConfigError, match=f"listener tls: cannot use the certificate {authority.chain}"):
        async with open_house(tmp_path, authority.rules()):
            pass


@pytest.mark.rule("INT-5")
async def test_a_large_mail_under_tls(tmp_path: Path, authority: Authority) -> None:
    """A mail of several MB comes through TLS byte for byte."""
    text = b"".join(b"%d\r\n" % number for number in range(300_000))
    async with open_house(tmp_path, authority.rules()) as house, house.peer() as peer:
        await peer.ask("STARTTLS")
        await upgrade(peer, authority)
        await peer.ask("EHLO relay.test")
        assert await peer.mail(text) == "250 2.0.0 Ok M1"
        assert house.store.mails[0].text == text
