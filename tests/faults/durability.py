"""What the kernel was told, read from strace: whether each 250 came after the sync of its commit, and what a power cut would have left.

Two checks of one trace. ``order`` looks for the write of each mail's commit to the write-ahead log, a sync of the log behind it, and the
250 behind that. ``power_cuts`` knows nothing of commits: it builds the files anew from what was synced at the moment of each 250, and asks
SQLite whether the mail is there.
"""

from __future__ import annotations

import re
import sqlite3
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

SYSCALLS = ("pwrite64", "write", "sendto", "fsync", "fdatasync", "ftruncate", "unlink")
WAL_HEADER, FRAME_HEADER, PAGE = 32, 24, 4096
FRAME = FRAME_HEADER + PAGE

_CALL = re.compile(r"^(\d+) +(\w+)\((.*?)(?:\) += (-?\d+).*| <unfinished \.\.\.>)$")
_RESUMED = re.compile(r"^(\d+) +<\.\.\. (\w+) resumed>(.*?)\) += (-?\d+).*$")
_TEXT = re.compile(r'(?:(-?\d+)<([^>]*)>|"((?:\\x[0-9a-f]{2})*)"(?:\.\.\.)?)')
_TAKEN = re.compile(rb"250 2\.0\.0 Ok (M\w+)")


def tracer(log: Path) -> tuple[str, ...]:
    """Return the command that runs another one and writes what it tells the kernel to ``log``."""
    return ("strace", "-f", "-y", "-xx", "-s", "200000", "-e", f"trace={','.join(SYSCALLS)}", "-e", "signal=none", "-o", str(log))


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One system call that succeeded; ``began`` and ``ended`` are lines of the trace, so that calls of several threads compare."""

    name: str
    path: str
    data: bytes
    numbers: tuple[int, ...]
    began: int
    ended: int


def read_trace(log: Path) -> list[Call]:
    """Return the calls, in the order in which they ended."""
    calls: list[Call] = []
    under_way: dict[str, tuple[str, str, int]] = {}
    with log.open(encoding="ascii", errors="replace") as lines:
        for number, line in enumerate(lines):
            if resumed := _RESUMED.match(line):
                thread, name, rest, result = resumed.groups()
                name, arguments, began = under_way.pop(thread, (name, "", number))
                arguments += rest
            elif started := _CALL.match(line.rstrip("\n")):
                thread, name, arguments, result = started.groups()
                began = number
                if result is None:
                    under_way[thread] = (name, arguments, number)
                    continue
            else:
                continue
            if int(result) >= 0:
                calls.append(_call(name, arguments, int(result), began, number))
    return calls


def _call(name: str, arguments: str, result: int, began: int, ended: int) -> Call:
    path, data = "", b""
    for _, described, text in _TEXT.findall(arguments):
        if described and not path:
            path = _octets(described).decode("utf-8", "replace")
        elif text:
            data = _octets(text)
    if name == "unlink":
        path, data = data.decode("utf-8", "replace"), b""
    numbers = tuple(int(each) for each in re.findall(r", (-?\d+)\b", _TEXT.sub("", arguments)))
    return Call(
        name=name,
        path=path,
        data=data[:result] if name in ("pwrite64", "write", "sendto") else data,
        numbers=numbers,
        began=began,
        ended=ended,
    )


def _octets(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", "")) if text.startswith("\\x") else text.encode()


def promises(calls: list[Call]) -> Iterator[tuple[str, Call]]:
    """Yield each mail id to which 250 was said, with the call that said it."""
    for call in calls:
        if call.name in ("sendto", "write") and call.path.startswith(("TCP:", "TCPv6:", "UNIX", "socket:")):
            for mail_id in _TAKEN.findall(call.data):
                yield mail_id.decode(), call


# ----------------------------------------------------------------------------------------------------------- the order


def order(calls: list[Call], database: Path) -> list[str]:
    """Return the promises that were made before the sync of their commit; ``[]`` is as it should be (INT-3)."""
    wal = f"{database}-wal"
    writes = [call for call in calls if call.name == "pwrite64" and call.path == wal]
    commits = [call for call in writes if _is_commit(call)]
    syncs = [call for call in calls if call.name in ("fsync", "fdatasync") and call.path == wal]
    wrong = []
    for mail_id, said in promises(calls):
        written = next((call for call in writes if mail_id.encode() in call.data), None)
        committed = written and next((call for call in commits if call.began >= written.began - 2), None)
        synced = committed and next((call for call in syncs if call.began > committed.ended), None)
        if written is None or written.ended > said.began:
            wrong.append(f"{mail_id}: 250 before the mail was written to the log")
        elif synced is None or synced.ended > said.began:
            wrong.append(f"{mail_id}: 250 before the log was synced behind its commit")
    return wrong


def _is_commit(call: Call) -> bool:
    """Return whether the write begins with a frame header whose second field, the size after a commit, is not 0."""
    if len(call.data) < FRAME_HEADER or not call.numbers or (call.numbers[-1] - WAL_HEADER) % FRAME:
        return False
    return bool(struct.unpack(">I", call.data[4:8])[0])


# ------------------------------------------------------------------------------------------------------------- power cuts


def power_cuts(calls: list[Call], database: Path, sent: Mapping[str, bytes], folder: Path) -> list[str]:
    """Return the mails that a power cut right at their 250 would have lost, by what had been synced until then.

    ``sent`` has the bytes of each mail by its id; ``folder`` is for the files that the power cut left.
    """
    pages: dict[str, bytearray] = {}
    durable: dict[str, bytes] = {}
    lost: list[str] = []
    said = {id(call): mail_id for mail_id, call in promises(calls)}
    for call in sorted(calls, key=lambda call: call.began if id(call) in said else call.ended):
        if id(call) in said:
            for mail_id in (found.decode() for found in _TAKEN.findall(call.data)):
                why = _missing(durable, database, mail_id, sent.get(mail_id, b""), folder)
                lost += [f"{mail_id}: {why}"] if why else []
        elif call.path.startswith(str(database)):
            _apply(call, pages, durable)
    return lost


def _apply(call: Call, pages: dict[str, bytearray], durable: dict[str, bytes]) -> None:
    content = pages.setdefault(call.path, bytearray())
    match call.name:
        case "pwrite64":
            end = call.numbers[-1] + len(call.data)
            content.extend(bytes(max(0, end - len(content))))
            content[call.numbers[-1] : end] = call.data
        case "ftruncate":
            size = call.numbers[-1]
            content[size:] = bytes(max(0, size - len(content)))
        case "unlink":
            pages.pop(call.path, None)
            durable.pop(call.path, None)
        case "fsync" | "fdatasync":
            durable[call.path] = bytes(content)


def _missing(durable: Mapping[str, bytes], database: Path, mail_id: str, raw: bytes, folder: Path) -> str:
    """Return what is wrong with the mail in the store that the power cut left, "" where it is there."""
    left = folder / "left.db"
    for suffix in ("", "-wal", "-shm", "-journal"):
        left.with_name(left.name + suffix).unlink(missing_ok=True)
        content = durable.get(f"{database}{suffix}")
        if content is not None and suffix != "-shm":
            left.with_name(left.name + suffix).write_bytes(content)
    store = sqlite3.connect(left)
    try:
        rows = store.execute("SELECT data FROM raw JOIN inbox USING (seq) WHERE mail_id = ? ORDER BY part", (mail_id,)).fetchall()
        verdict = store.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.Error as error:
        return f"the store does not open: {error}"
    finally:
        store.close()
    if verdict != "ok":
        return f"the store is damaged: {verdict}"
    kept = b"".join(row[0] for row in rows)
    return "" if rows and kept.endswith(raw) else "the mail is not there"
