"""The spool: small mails in memory, large ones in files, nothing left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from maild.errors import DiskLow, MailTooLarge, TooManyHops
from maild.intake.spool import HEAD_SIZE, Body, Spool


@pytest.mark.rule("INT-5")
@pytest.mark.parametrize("size", [0, 1, 999, 1000, 1001, 5000, 200_000])
def test_a_body_is_what_was_added(tmp_path: Path, size: int) -> None:
    """In memory or in a file, a body gives its bytes in order, as often as asked, with its size and its first 64 kB."""
    raw = bytes(number % 251 for number in range(size))
    spool = Spool(tmp_path, in_memory=1000)
    draft = spool.draft(heading=b"Received: x\r\n", limit=10**6, hops=100)
    for start in range(0, size, 333):
        draft.add(raw[start : start + 333])
    body = draft.finish()
    draft.discard()
    expected = b"Received: x\r\n" + raw
    assert [b"".join(body.chunks(7)), b"".join(body.chunks())] == [expected, expected]
    assert max((len(chunk) for chunk in body.chunks(7)), default=0) == 7
    assert (body.size, body.head) == (len(expected), expected[:HEAD_SIZE])
    body.close()
    body.close()
    assert spool.held == 0


@pytest.mark.rule("INT-5")
def test_many_mails_go_to_files_too(tmp_path: Path) -> None:
    """When the mails in memory are too much together, all but small ones go to files, and memory is given back."""
    spool = Spool(tmp_path, small=10, in_memory=1000, together=2500)
    drafts = [spool.draft(limit=10**6, hops=100) for _ in range(10)]
    for draft in drafts:
        draft.add(b"x" * 900)
        draft.add(b"y" * 90)
    tiny = spool.draft(limit=10**6, hops=100)
    tiny.add(b"x" * 9)
    tiny.add(b"x")
    assert [draft.spooled for draft in (*drafts, tiny)] == [False] * 2 + [True] * 8 + [False]
    assert spool.held < 4000
    tiny.discard()
    bodies = [draft.finish() for draft in drafts]
    assert {b"".join(body.chunks()) for body in bodies} == {b"x" * 900 + b"y" * 90}
    assert {body.head for body in bodies} == {b"x" * 900 + b"y" * 90}
    for body in bodies:
        body.close()
    assert spool.held == 0


@pytest.mark.rule("INT-4", "INT-5")
def test_a_refused_mail_is_dropped_and_counted(tmp_path: Path) -> None:
    """Over the size, over the hops, or on a disk that fails, nothing is kept any more; the first reason stays."""
    spool = Spool(tmp_path, in_memory=100)
    large, loop = spool.draft(limit=1000, hops=1), spool.draft(limit=1000, hops=1)
    broken = Spool(tmp_path / "missing", in_memory=0).draft(heading=b"x", limit=1000, hops=1)
    for _ in range(30):
        large.add(b"x" * 50)
        loop.add(b"Received: x\r\n")
        broken.add(b"x")
    assert [type(draft.refusal) for draft in (large, loop, broken)] == [MailTooLarge, TooManyHops, DiskLow]
    assert [draft.size for draft in (large, loop, broken)] == [1500, 390, 30]
    assert spool.held == 0


def test_a_body_of_bytes() -> None:
    """A body can be made of bytes at hand."""
    body = Body.of(b"abc")
    assert (list(body.chunks(2)), body.size, body.head) == ([b"ab", b"c"], 3, b"abc")
    body.close()
    assert list(body.chunks()) == []
