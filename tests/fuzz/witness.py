"""A reader of dialogues that shares no code with the intake.

It walks through what the peer sent with the replies in hand, and says which mails were sent: nothing else may have been kept, and nothing
may be missing that was told 250. Every reply is one of RFC 5321, with its status code of RFC 2034 where one is due, and repeats nothing
that the peer or an exception said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.fuzz.dialogue import CANARY, Dialogue
from tests.intake.reception import HOSTNAME, Kept

SECRET = "S3cret-/var/lib/maild"
_REPLY = re.compile(r"(?P<code>[2-5]\d\d)(?P<more>[ -])(?P<text>[ -~]*)")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3} ")
_DATA = re.compile(rb"(?i)data[ \t\r]*\n")


@dataclass(slots=True)
class Heard:
    """What a dialogue came to: the replies as lines, the mails kept, and how the connection ended, if it did.

    ``reset`` is the end of a session whose server had heard enough while more was coming: TCP then drops replies that were on their way.
    """

    lines: list[str]
    kept: list[Kept]
    ended: bool
    reset: bool = False


class Witness:
    """Walks through what a peer sent, with the replies in hand."""

    def __init__(self, dialogue: Dialogue, heard: Heard) -> None:
        self.sent = dialogue.sent
        self.lmtp = dialogue.lmtp
        self.problems: list[str] = []
        self.mails: list[bytes] = []  # told 250
        self._replies = list(_replies(heard.lines, self.problems))
        self._at = 0
        self._next = 1  # behind the greeting
        self._recipients = 0

    def walk(self) -> None:
        """Note every mail that was told 250, and every reply that is not one to what was sent."""
        if not self._replies or not self._replies[0][0].startswith(("220", "421")):
            self.problems.append(f"greeted with {self._replies[:1]}")
        while self._next < len(self._replies):
            reply = self._reply()
            if reply.startswith("421"):
                break
            end = self.sent.find(b"\n", self._at)
            if end < 0:
                self.problems.append(f"a reply to nothing: {reply}")
                break
            line, self._at = self.sent[self._at : end + 1], end + 1
            if reply.startswith("354"):
                self._data()
            else:
                self._command(line.strip().upper(), reply)
                if reply.startswith("220"):  # STARTTLS: what follows is no SMTP
                    break

    def _reply(self) -> str:
        self._next += 1
        return self._replies[self._next - 1][-1]

    def _command(self, line: bytes, reply: str) -> None:
        verb = line.partition(b" ")[0]
        if verb == b"RCPT" and reply.startswith("250"):
            self._recipients += 1
        elif verb in (b"RSET", b"EHLO", b"HELO", b"LHLO") and reply.startswith("250"):
            self._recipients = 0

    def _data(self) -> None:
        """Follow one mail: it begins behind the line of DATA, whose end counts for an empty one, and ends at CRLF.CRLF alone."""
        end = self.sent.find(b"\r\n.\r\n", self._at - 2) if self.sent[self._at - 2 : self._at] == b"\r\n" else -2
        if end == -2:
            whole = b"\r\n" + self.sent[self._at :]
            end = whole.find(b"\r\n.\r\n")
            end = end if end < 0 else end + self._at - 2
        if end < 0:
            if self._next < len(self._replies) and not self._replies[self._next][-1].startswith("421"):
                self.problems.append(f"a reply inside a mail: {self._replies[self._next]}")
            self._next = len(self._replies)
            return
        text = self.sent[self._at : max(end + 2, self._at)]
        count = self._recipients if self.lmtp else 1
        answers = [self._reply() for _ in range(min(count, len(self._replies) - self._next))]
        if len(set(answers)) > 1:
            self.problems.append(f"one mail has different answers: {answers}")
        if answers and answers[0].startswith("250"):
            self.mails.append(_unstuffed(text))
        if len(answers) < count and not (answers or [""])[-1].startswith("421"):
            self.problems.append(f"{count} answers are due, and {answers} came")
        self._at, self._recipients = end + 5, 0


def _unstuffed(text: bytes) -> bytes:
    """Return a mail without the dots that its sender put before lines that begin with one (RFC 5321 §4.5.2)."""
    lines = text.split(b"\r\n")
    return b"\r\n".join(line.removeprefix(b".") for line in lines)


def _replies(lines: Sequence[str], problems: list[str]) -> Iterator[list[str]]:
    """Yield the replies, each as its lines; what is no reply of RFC 5321 is a problem."""
    reply: list[str] = []
    for number, line in enumerate(lines):
        match = _REPLY.fullmatch(line)
        if match is None or len(line) > 510:
            problems.append(f"no reply: {line[:200]!r}")
            return
        if reply and reply[0][:3] != match["code"]:
            problems.append(f"one reply with two codes: {reply} {line}")
        reply.append(line)
        if match["more"] == " ":
            _look_at_status(reply, number, problems)
            yield reply
            reply = []
    if reply:
        problems.append(f"a reply without its last line: {reply}")


def _look_at_status(reply: list[str], number: int, problems: list[str]) -> None:
    """Note a reply without its enhanced status code: all have one but greetings, the answer to EHLO and 354 (RFC 2034)."""
    code, text = reply[-1][:3], reply[-1][4:]
    greeting = (number == 0 and code == "220") or code == "354" or "ENHANCEDSTATUSCODES" in text or text == HOSTNAME
    if not greeting and (not _STATUS.match(text) or text[0] != code[0]):
        problems.append(f"without a status code: {reply[-1]}")
    if any(word in line for line in reply for word in (SECRET, CANARY, "Error", "Traceback", "Exception", "0x")):
        problems.append(f"a reply says too much: {reply}")


def problems(dialogue: Dialogue, heard: Heard) -> list[str]:
    """Return what is wrong with how a dialogue went."""
    kept = [mail.text for mail in heard.kept]
    if dialogue.torn or heard.reset:
        wrong: list[str] = []
        list(_replies(heard.lines, wrong))
        return [each for each in wrong if not each.startswith("a reply without")] + [
            f"kept what was never sent: {text[:300]!r}" for text in kept if text not in _candidates(dialogue.sent)
        ]
    witness = Witness(dialogue, heard)
    witness.walk()
    if not heard.ended:
        witness.problems.append("the session does not end")
    if kept != witness.mails:
        witness.problems.append(f"kept {[text[:200] for text in kept]}, and told 250 for {[text[:200] for text in witness.mails]}")
    return witness.problems


def _candidates(sent: bytes) -> set[bytes]:
    """Return every text that may have been a mail: from behind a DATA to the CRLF.CRLF after it."""
    found = set()
    for match in _DATA.finditer(sent):
        end = (b"\r\n" + sent[match.end() :]).find(b"\r\n.\r\n")
        if end >= 0:
            found.add(_unstuffed(sent[match.end() : match.end() + end]))
    return found
