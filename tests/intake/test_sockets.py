"""Listeners: who may connect, how many, unix and inherited sockets, reload, and the way down."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import subprocess
import sys
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest

from maild.config.listeners import LimitRules, ListenerProtocol, ListenerRules
from maild.errors import ConfigError
from maild.intake.addresses import inherited_sockets, shown
from maild.intake.census import allowed, peer_name
from tests.intake.reception import FakeStore, Peer, open_house
from tests.intake.test_smtp import TEXT, Held

SMTP = ListenerRules(name="smtp", listen="127.0.0.1:0")


async def first_lines(address: str, count: int) -> tuple[list[str], list[Peer]]:
    """Return the greetings that ``count`` peers get, and the peers."""
    peers = [await Peer.connect(address) for _ in range(count)]
    return [await peer.reply() for peer in peers], peers


@pytest.mark.rule("INT-1")
async def test_only_networks_on_the_list_may_connect(tmp_path: Path) -> None:
    """A peer from elsewhere gets 421 and the connection is closed."""
    rules = replace(SMTP, networks=(ip_network("192.0.2.0/24"), ip_network("::1/128")))
    async with open_house(tmp_path, rules) as house, house.peer(greet=False) as peer:
        assert [await peer.reply(), await peer.reply()] == ["421 4.3.2 Not accepting connections from your network", ""]


@pytest.mark.rule("INT-1")
@pytest.mark.parametrize(
    ("peername", "peer", "expected"),
    [
        (("127.0.0.1", 4321), "127.0.0.1", True),
        (("192.0.2.9", 4321), "192.0.2.9", True),
        (("198.51.100.1", 4321), "198.51.100.1", False),
        (("::1", 4321, 0, 0), "::1", True),
        (("::ffff:192.0.2.9", 4321, 0, 0), "192.0.2.9", True),
        (("fe80::1%eth0", 4321, 0, 2), "fe80::1%eth0", False),
        (("2001:db8::7", 4321, 0, 0), "2001:db8::7", True),
        ("", "", True),
        (None, "", True),
    ],
)
def test_who_may_connect(peername: object, peer: str, expected: bool) -> None:
    """Networks decide, in the peer's own address family; a unix socket is guarded by its mode."""
    networks = tuple(ip_network(each) for each in ("127.0.0.0/8", "::1/128", "192.0.2.0/24", "2001:db8::/32"))
    assert peer_name(peername) == peer
    assert allowed(peer, replace(SMTP, networks=networks)) is expected


@pytest.mark.rule("INT-4")
async def test_connections_over_the_cap_get_421(tmp_path: Path) -> None:
    """Of 400 connections those over the cap get 421 at once and are closed, the others are served, and a place that is left is free."""
    async with open_house(tmp_path, limits=LimitRules(connections=150)) as house:
        greetings, peers = await first_lines(house.address(), 400)
        assert [each[:3] for each in greetings] == ["220"] * 150 + ["421"] * 250
        assert greetings[-1] == "421 4.3.2 Too many connections, please try again later"
        assert [await peer.line() for peer in peers[150:]] == [""] * 250
        await peers[7].ask("QUIT")
        await peers[7].reply()
        async with house.peer() as late:
            assert (await late.mail(TEXT))[:3] == "250"
        for peer in peers:
            await peer.close()


@pytest.mark.rule("INT-4")
async def test_connections_of_one_peer_are_capped(tmp_path: Path) -> None:
    """One address may not take all connections; another address is still served."""
    rules = (replace(SMTP, limits=LimitRules(connections_per_peer=2)), ListenerRules(name="unix", listen=f"unix:{tmp_path}/s"))
    async with open_house(tmp_path, *rules) as house:
        greetings, peers = await first_lines(house.address(), 3)
        others, more = await first_lines(f"unix:{tmp_path}/s", 1)
        assert greetings[2] == "421 4.7.0 Too many connections from your address, please try again later"
        assert [each[:3] for each in (*greetings, *others)] == ["220", "220", "421", "220"]
        for peer in (*peers, *more):
            await peer.close()


@pytest.mark.rule("INT-1")
async def test_any_number_of_listeners(tmp_path: Path) -> None:
    """SMTP and LMTP, on TCP of both families and on unix sockets, at the same time; each mail knows its listener."""
    rules = (
        SMTP,
        ListenerRules(name="smtp6", listen="[::1]:0"),
        ListenerRules(name="lmtp", protocol=ListenerProtocol.LMTP, listen=f"unix:{tmp_path}/lmtp"),
    )
    async with open_house(tmp_path, *rules) as house:
        four, six = house.listeners.addresses(ListenerProtocol.SMTP)
        assert four.startswith("127.0.0.1:")
        assert six.startswith("[::1]:")
        assert house.listeners.addresses(ListenerProtocol.LMTP) == (f"unix:{tmp_path}/lmtp",)
        for address, hello in ((four, "EHLO"), (six, "EHLO"), (f"unix:{tmp_path}/lmtp", "LHLO")):
            peer = await Peer.connect(address)
            await peer.reply()
            await peer.ask(f"{hello} relay.test")
            assert (await peer.mail(TEXT))[:3] == "250"
            await peer.close()
    assert [each.envelope.source for each in house.store.mails] == ["smtp", "smtp6", "lmtp"]
    froms = [each.raw.split(b"\r\n")[0] for each in house.store.mails]
    assert froms == [b"Received: from relay.test ([127.0.0.1])", b"Received: from relay.test ([IPv6:::1])", b"Received: from relay.test"]


def mode(path: Path) -> int:
    """Return the permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def there(path: Path) -> bool:
    """Return whether there is a file of that name."""
    return os.path.lexists(path)


def leave_stale(path: Path) -> None:
    """Leave a socket that nobody serves, as a crash does."""
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))


@pytest.mark.rule("INT-1")
async def test_a_stale_unix_socket_is_replaced(tmp_path: Path) -> None:
    """A socket left by a crash is replaced, gets its mode, and is removed at the end."""
    path = tmp_path / "s"
    leave_stale(path)
    async with open_house(tmp_path, ListenerRules(name="unix", listen=f"unix:{path}", socket_mode=0o600)) as house:
        assert mode(path) == 0o600
        async with house.peer() as peer:
            assert (await peer.mail(TEXT))[:3] == "250"
    assert not there(path)


@pytest.mark.rule("INT-1")
async def test_an_address_that_is_taken_is_a_mistake_of_the_configuration(tmp_path: Path) -> None:
    """A socket that another process serves, a file, a port in use, or an unknown systemd name is named, and nothing stays open."""
    (tmp_path / "file").touch()
    async with open_house(tmp_path, SMTP, ListenerRules(name="unix", listen=f"unix:{tmp_path}/s")) as house:
        taken = house.address()
        for listen in (f"unix:{tmp_path}/s", f"unix:{tmp_path}/file", f"unix:{tmp_path}/no/such", taken, "systemd:none", "127.0.0.1:x"):
            fresh = ListenerRules(name="fresh", listen=f"unix:{tmp_path}/fresh")
            with pytest.raises(ConfigError, match=f"cannot listen on {listen.replace('[', '.')}"):
                async with open_house(tmp_path, fresh, ListenerRules(name="second", listen=listen)):
                    pass
        async with house.peer() as peer:
            assert (await peer.mail(TEXT))[:3] == "250"


SERVED = """
import asyncio, os, sys
from pathlib import Path
from maild.config.listeners import ListenerProtocol, ListenerRules
from tests.intake.reception import open_house

async def main():
    os.environ["LISTEN_PID"] = str(os.getpid())
    rules = [ListenerRules(name=name, listen=f"systemd:{name}") for name in ("mx", "local")]
    async with open_house(Path(sys.argv[1]), *rules) as house:
        print(*house.listeners.addresses(ListenerProtocol.SMTP), flush=True)
        await asyncio.to_thread(sys.stdin.read)

os.dup2(int(sys.argv[2]), 3); os.dup2(int(sys.argv[3]), 4)
asyncio.run(main())
"""


@pytest.mark.rule("INT-1")
async def test_sockets_inherited_from_systemd(tmp_path: Path) -> None:
    """Sockets that systemd opened, TCP and unix, are served by their names."""
    with socket.socket() as tcp, socket.socket(socket.AF_UNIX) as unix:
        tcp.bind(("127.0.0.1", 0))
        unix.bind(f"{tmp_path}/s")
        spare = [os.dup(each.fileno()) for each in (tcp, unix)]  # numbers that dup2 does not overwrite
        addresses = [shown(tcp), shown(unix)]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", SERVED, str(tmp_path), *(str(each) for each in spare)),
            env={**os.environ, "LISTEN_FDS": "2", "LISTEN_FDNAMES": "mx:local", "PYTHONPATH": os.getcwd()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=spare,
        )
        for each in spare:
            os.close(each)
    assert process.stdout is not None
    assert process.stdin is not None
    assert (await process.stdout.readline()).decode().split() == addresses
    for address in addresses:
        peer = await Peer.connect(address)
        assert (await peer.reply())[:3] == "220"
        await peer.close()
    process.stdin.close()
    assert await process.wait() == 0


@pytest.mark.rule("INT-1")
def test_inherited_sockets_go_by_their_names() -> None:
    """Several sockets may have one name; one without a name is called unknown, as systemd does."""
    first, numbers = 240, range(240, 243)
    for number in numbers:
        with socket.socket() as given:
            os.dup2(given.fileno(), number)
    found = inherited_sockets({"LISTEN_PID": "7", "LISTEN_FDS": "3", "LISTEN_FDNAMES": "mx:mx"}, pid=7, first=first)
    assert {name: [each.fileno() for each in sockets] for name, sockets in found.items()} == {"mx": [240, 241], "unknown": [242]}
    assert [each.get_inheritable() for sockets in found.values() for each in sockets] == [False] * 3
    for sockets in found.values():
        for each in sockets:
            each.close()


def test_sockets_meant_for_another_process_are_left() -> None:
    """Without LISTEN_PID, or with that of a parent, no descriptor is touched."""
    assert inherited_sockets({"LISTEN_PID": "1", "LISTEN_FDS": "3"}, pid=2) == {}
    assert inherited_sockets({}, pid=2) == {}


@pytest.mark.rule("OPS-2")
async def test_a_reload_drops_no_session(tmp_path: Path) -> None:
    """New rules count for new sessions; sessions that are open keep theirs, also of a listener that has gone; new listeners open."""
    extra, later = ListenerRules(name="extra", listen=f"unix:{tmp_path}/a"), ListenerRules(name="later", listen=f"unix:{tmp_path}/b")
    async with open_house(tmp_path, SMTP, extra) as house:
        address = house.address()
        async with house.peer() as old:
            gone = await Peer.connect(f"unix:{tmp_path}/a")
            await gone.reply()
            await house.listeners.reload((replace(SMTP, limits=LimitRules(size=99)), later))
            assert house.listeners.addresses(ListenerProtocol.SMTP) == (address, f"unix:{tmp_path}/b")
            assert (await old.ask("EHLO relay.test"))[0].splitlines()[1] == "250-SIZE 35000000"
            assert (await gone.ask("EHLO relay.test"))[0].splitlines()[1] == "250-SIZE 35000000"
            await gone.close()
            async with house.peer(greet=False) as new:
                await new.reply()
                assert (await new.ask("EHLO relay.test"))[0].splitlines()[1] == "250-SIZE 99"
            assert (await old.mail(TEXT))[:3] == "250"
        assert [there(tmp_path / name) for name in "ab"] == [False, True]


@pytest.mark.rule("OPS-2")
async def test_a_reload_that_fails_changes_nothing(tmp_path: Path) -> None:
    """With a certificate that is missing, or an address that is taken, the old listeners stay as they were."""
    async with open_house(tmp_path, SMTP) as house:
        for wrong in (replace(SMTP, starttls_cert=tmp_path / "none.pem"), ListenerRules(name="b", listen=house.address())):
            with pytest.raises(ConfigError):
                await house.listeners.reload((replace(SMTP, limits=LimitRules(size=99)), wrong))
        async with house.peer(greet=False) as peer:
            await peer.reply()
            assert (await peer.ask("EHLO relay.test"))[0].splitlines()[1] == "250-SIZE 35000000"


@pytest.mark.rule("OPS-2")
async def test_a_listener_may_be_renamed(tmp_path: Path) -> None:
    """A listener whose name or protocol changes keeps its socket; two on one address are a mistake."""
    before = ListenerRules(name="a", listen=f"unix:{tmp_path}/s")
    after = ListenerRules(name="b", listen=f"unix:{tmp_path}/s", protocol=ListenerProtocol.LMTP)
    async with open_house(tmp_path, before) as house:
        await house.listeners.reload((after,))
        async with house.peer(protocol=ListenerProtocol.LMTP) as peer:
            assert (await peer.mail(TEXT))[:3] == "250"
        with pytest.raises(ConfigError, match="two listeners have the same address"):
            await house.listeners.reload((before, after))
    assert [each.envelope.source for each in house.store.mails] == ["b"]


@pytest.mark.rule("INT-4")
async def test_stopping_lets_mails_end_and_begins_none(tmp_path: Path) -> None:
    """On the way down resting sessions get 421, a mail that is coming in is still taken, and then that session ends too."""
    held = Held()
    async with open_house(tmp_path, store=FakeStore(before=held)) as house, house.peer() as resting, house.peer() as busy:
        address = house.address()
        await busy.ask("MAIL FROM:<>", "RCPT TO:<it@trust.example>", "DATA")
        async with asyncio.TaskGroup() as group:
            stopped = group.create_task(house.listeners.stop(5))
            assert [await resting.reply(), await resting.reply()] == ["421 4.3.2 Shutting down, please try again later", ""]
            await busy.send(TEXT + b".\r\nMAIL FROM:<>\r\n")
            await held.begun.wait()
            assert not stopped.done()
            held.let.set()
            assert [await busy.reply(), await busy.reply(), await busy.reply()] == [
                "250 2.0.0 Ok M1",
                "421 4.3.2 Shutting down, please try again later",
                "",
            ]
        with pytest.raises(OSError):
            await Peer.connect(address)
    assert [each.text for each in house.store.mails] == [TEXT]


@pytest.mark.rule("INT-4")
async def test_stopping_does_not_wait_for_ever(tmp_path: Path) -> None:
    """A mail that does not come to its end within the time to drain is cut off."""
    async with open_house(tmp_path) as house, house.peer() as peer, asyncio.timeout(5):
        await peer.ask("MAIL FROM:<>", "RCPT TO:<it@trust.example>", "DATA")
        await house.listeners.stop(0.05)
        assert await peer.reader.read() == b""
        assert house.store.mails == []
