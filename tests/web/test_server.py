"""The web server in the daemon's loop: off unless configured, on TCP or a unix socket, gone when the daemon goes."""

from __future__ import annotations

import http.client
import signal
import socket
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.daemon import Daemon, write_config
from tests.support.letters import letter
from tests.support.waiting import wait_until

WEB = {"web": {"listen": "127.0.0.1:0", "base_url": "https://desk.example"}, "links": {"https": True}}


def get(address: str, path: str) -> tuple[int, str]:
    """Return status and text of an answer."""
    host, _, port = address.rpartition(":")
    with closing(http.client.HTTPConnection(host, int(port), timeout=10)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


@pytest.mark.rule("RES-2")
def test_the_web_server_is_off_unless_configured(tmp_path: Path) -> None:
    """Without [web] listen the ready line names no web address, and the links are mailto alone."""
    with Daemon(write_config(tmp_path / "maild")) as daemon:
        assert [] == daemon.addresses("web")


@pytest.mark.rule("RES-2", "OPS-1")
def test_the_ready_line_names_the_real_port_and_the_way_down_is_clean(tmp_path: Path) -> None:
    """It serves at the port it names, with a connection that idles and one that says half a request; SIGTERM ends it in time."""
    with Daemon(write_config(tmp_path / "maild", WEB)) as daemon:
        (address,) = daemon.addresses("web")
        status, text = get(address, "/r/1.1.k1.aaaaaaaaaaaaaaaaaaaaa")
        host, _, port = address.rpartition(":")
        with closing(socket.create_connection((host, int(port)))) as idle, closing(socket.create_connection((host, int(port)))) as slow:
            slow.sendall(b"POST /r/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nreason=")
            assert idle.fileno() > 0
            assert daemon.stop() == 0
    assert (404, True) == (status, "This link does not work" in text)


@pytest.mark.rule("RES-2")
def test_it_listens_on_a_unix_socket_too(tmp_path: Path) -> None:
    """For a reverse proxy on the same machine."""
    with Daemon(write_config(tmp_path / "maild", {"web": {"listen": "unix:web.sock"}})) as daemon:
        (address,) = daemon.addresses("web")
        with closing(socket.socket(socket.AF_UNIX)) as connection:
            connection.settimeout(10)
            connection.connect(address.removeprefix("unix:"))
            connection.sendall(b"GET /nope HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 404")


@pytest.mark.rule("OPS-2")
def test_a_reload_changes_the_pages(tmp_path: Path) -> None:
    """SIGHUP takes the new name of the helpdesk; the address stays until a restart."""
    folder = write_config(tmp_path / "maild", WEB)
    with Daemon(folder) as daemon:
        (address,) = daemon.addresses("web")
        write_config(folder, {**WEB, "contacts": {"helpdesk_name": "Night Desk"}})
        daemon.signal(signal.SIGHUP)
        daemon.send(letter())
        daemon.wait_done()
        wait_until(lambda: "Night Desk" in get(address, "/nope")[1], "the new name")


def test_a_taken_address_is_a_mistake_that_is_named(tmp_path: Path) -> None:
    """The daemon ends with a sentence instead of a traceback."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        folder = write_config(tmp_path / "maild", {"web": {"listen": f"127.0.0.1:{taken.getsockname()[1]}"}})
        daemon = Daemon(folder)
        daemon.spawn()
        assert daemon.reap(deadline=30) != 0
    assert "cannot listen on 127.0.0.1" in daemon.log_text()
