"""``maild explain`` as programs (CONTRACTS 1) and as people read it."""

from __future__ import annotations

import json
import os
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from maild.cli.explain import explain
from maild.cli.marked import safe

KEYS = {
    "file", "class", "rules", "kind", "reference", "evidence", "subject", "from", "to", "message_id", "text", "new_text", "attachments",
    "mds", "mds_sources", "invalid", "missing", "category", "team", "route_rule", "failed_recipients", "defects", "would_send",
}  # fmt: skip
EXAMPLES = Path(__file__).parents[1] / "corpus" / "examples"
SAID = """Hello,

Requestor contact number: 0113 496 0770
Number of affected users: 5 - 10
Teams has \x1b[31mno\x1b[0m sound\u202e.

Kind regards
Meg Pryce
Ward Clerk

On 23/03/2026 12:09, NHS Demo Service Desk wrote:
> Issue Description: Teams has no sound at all
"""


def mail_at(path: Path, text: str = SAID, **headers: str) -> Path:
    """Write a mail to ``path`` and return it."""
    message = EmailMessage()
    given = {"From": "Meg Pryce <meg@ward.example>", "To": "helpdesk@desk.example", "Subject": "No sound", "Message-ID": "<1@ward.example>"}
    for name, value in (given | headers).items():
        message[name] = value
    message.set_content(text)
    path.write_bytes(message.as_bytes())
    return path


def run(*arguments: str, lines: bytes = b"", color: bool = False, status: int = 0, errors: str = "") -> str:
    """Return what the command prints."""
    result = CliRunner().invoke(explain, arguments, input=lines, color=color)
    assert (status, errors) == (result.exit_code, result.stderr)
    return result.stdout


def told(*arguments: str, lines: bytes = b"", status: int = 0, errors: str = "") -> list[dict[str, Any]]:
    """Return the JSON objects that the command prints."""
    return [json.loads(line) for line in run("--json", *arguments, lines=lines, status=status, errors=errors).split("\n") if line]


@pytest.mark.rule("OPS-3")
def test_each_mail_is_one_object_with_every_key(tmp_path: Path) -> None:
    """Every key of the contract is there for each mail, in the order of the input, whatever the mail holds."""
    empty = tmp_path / "empty.eml"
    empty.write_bytes(b"")
    noise = tmp_path / "noise.eml"
    noise.write_bytes(bytes(range(256)) * 8)
    paths = [str(mail_at(tmp_path / "b.eml")), str(empty), str(noise), str(EXAMPLES / "041.eml")]
    answers = told(*paths)
    assert paths == [answer["file"] for answer in answers]
    assert [KEYS] * 4 == [set(answer) for answer in answers]


@pytest.mark.rule("OPS-3", "MDS-3")
def test_values_come_with_their_source_and_line(tmp_path: Path) -> None:
    """A value names its source and line, an invalid one its reason, and the rest is missing."""
    (answer,) = told(str(mail_at(tmp_path / "a.eml")))
    assert "0113 496 0770" == answer["mds"]["contact_number"]
    assert {"from": "form", "line": 3} == answer["mds_sources"]["contact_number"]
    assert ["affected_users_count"] == list(answer["invalid"])
    assert set(answer["missing"]) == {"affected_users_count", "affected_users_emails", "evidence", "other_information"}
    assert ["ack", "rfi"] == [mail["template"] for mail in answer["would_send"]]


@pytest.mark.rule("OPS-3")
def test_example_is_read_as_its_author_reads_it() -> None:
    """The values of a mail of the corpus are those written beside it."""
    (answer,) = told(str(EXAMPLES / "062.eml"))
    expected = json.loads((EXAMPLES / "062.json").read_text(encoding="utf-8"))
    assert (expected["mds"], expected["reference"]) == (answer["mds"], answer["reference"])
    assert expected["new_text"] == answer["new_text"]


@pytest.mark.rule("OPS-3")
def test_dash_reads_paths_from_standard_input(tmp_path: Path) -> None:
    """``-`` takes a path a line, with either line end, and skips blank lines."""
    first, second = mail_at(tmp_path / "one.eml"), mail_at(tmp_path / "two words.eml")
    answers = told("-", lines=f"{first}\r\n\n{second}\n".encode())
    assert [str(first), str(second)] == [answer["file"] for answer in answers]


@pytest.mark.rule("OPS-3")
def test_folder_gives_its_mails_by_name(tmp_path: Path) -> None:
    """A folder's .eml files are explained in the order of their names; where it has none, all its files are."""
    (tmp_path / "with").mkdir()
    (tmp_path / "without").mkdir()
    for name in ("with/b.eml", "with/a.eml", "without/1742.M2", "without/1741.M1"):
        mail_at(tmp_path / name)
    (tmp_path / "with" / "a.json").write_text("{}")
    names = [Path(answer["file"]).name for answer in told(str(tmp_path / "with"), str(tmp_path / "without"))]
    assert ["a.eml", "b.eml", "1741.M1", "1742.M2"] == names


@pytest.mark.rule("OPS-3")
def test_what_cannot_be_read_is_said_in_its_place(tmp_path: Path) -> None:
    """A file that is not there, a folder on standard input, or a path with a NUL gives an error object; the others are explained.

    The exit status says that something was not.
    """
    good = mail_at(tmp_path / "good.eml")
    lines = os.fsencode(tmp_path) + b"\nnu\0l\n"
    answers = told(str(tmp_path / "none.eml"), str(good), "-", lines=lines, status=1, errors="3 of 4 mails could not be read.\n")
    assert [{"file", "error"}, KEYS, {"file", "error"}, {"file", "error"}] == [set(answer) for answer in answers]
    assert "cannot be read: No such file or directory" == answers[0]["error"]


@pytest.mark.rule("OPS-3")
def test_file_name_of_odd_bytes_is_printed_as_escape(tmp_path: Path) -> None:
    """A file name that is no UTF-8 neither stops the run nor spoils the JSON."""
    odd = os.fsencode(tmp_path) + b"/caf\xe9.eml"
    (answer,) = told("-", lines=odd + b"\n", status=1, errors="1 of 1 mails could not be read.\n")
    assert odd == os.fsencode(answer["file"])


@pytest.mark.rule("OPS-3")
def test_people_see_values_with_source_reason_and_what_is_missing(tmp_path: Path) -> None:
    """For people each field stands with its label: value, source and line; invalid and why; or missing."""
    printed = [" ".join(line.split()) for line in run(str(mail_at(tmp_path / "a.eml"))).splitlines()]
    assert "Requestor contact number 0113 496 0770 (form, line 3)" in printed
    assert "Affected user(s) email address(es) missing" in printed
    (invalid,) = [line for line in printed if line.startswith("Number of affected users invalid: ")]
    assert "range" in invalid


@pytest.mark.rule("OPS-3")
def test_people_see_the_mail_marked_line_by_line(tmp_path: Path) -> None:
    """Each line of the mail has its number and what it is; one that gave a value says which."""
    shown = [" ".join(line.split()) for line in run(str(mail_at(tmp_path / "a.eml"))).splitlines()]
    assert "1 text Hello," in shown
    assert "3 text * Requestor contact number: 0113 496 0770 <- contact_number" in shown
    assert "8 signature Meg Pryce" in shown
    assert "11 quote On 23/03/2026 12:09, NHS Demo Service Desk wrote:" in shown
    assert "12 quote * > Issue Description: Teams has no sound at all <- issue_description" in shown


@pytest.mark.rule("OPS-3")
def test_colours_are_for_terminals_only(tmp_path: Path) -> None:
    """A quoted line is coloured on a terminal, and bare elsewhere."""
    path = str(mail_at(tmp_path / "a.eml"))
    assert "\x1b[36m" in run(path, color=True)
    assert "\x1b" not in run(path)


@pytest.mark.rule("OPS-3")
def test_nothing_of_a_mail_commands_the_terminal(tmp_path: Path) -> None:
    """Control characters of text and file name are written out, with and without colours."""
    path = mail_at(tmp_path / "a\x1b]0;b.eml")
    printed = run(str(path))
    assert "a\\x1b]0;b.eml" in printed
    assert [] == [character for character in printed if character != "\n" and not character.isprintable()]
    assert "\x1b[31mno" not in run(str(path), color=True)


def test_safe_leaves_letters_and_writes_controls_out() -> None:
    """Letters of every script stay; ESC and changes of direction are escapes; a TAB is blanks."""
    assert "Siân – 日本 \\x1b \\u202e \\x07 a   b" == safe("Siân – 日本 \x1b \u202e \x07 a\tb")


@pytest.mark.rule("OPS-3")
def test_people_see_why_a_file_was_not_read(tmp_path: Path) -> None:
    """A file that cannot be read has its line too, without a mail below."""
    printed = run(f"{tmp_path}/none.eml", status=1, errors="1 of 1 mails could not be read.\n")
    assert f"{tmp_path}/none.eml\n  error: cannot be read: No such file or directory\n" == printed


@pytest.mark.rule("OPS-3")
def test_a_folder_with_some_mails_that_cannot_be_read_has_the_others_explained(tmp_path: Path) -> None:
    """Each that cannot is told in its place, and the exit status at the end is 1."""
    mail_at(tmp_path / "a.eml")
    (tmp_path / "b.eml").symlink_to("nowhere")
    mail_at(tmp_path / "c.eml")
    (tmp_path / "d.eml").symlink_to("d.eml")
    (tmp_path / "folder.eml").mkdir()
    os.mkfifo(tmp_path / "pipe.eml")
    answers = told(str(tmp_path), status=1, errors="2 of 4 mails could not be read.\n")
    assert ["a.eml", "b.eml", "c.eml", "d.eml"] == [Path(answer["file"]).name for answer in answers]
    assert [False, True, False, True] == ["error" in answer for answer in answers]


@pytest.mark.rule("OPS-3")
def test_a_folder_without_mails_is_told(tmp_path: Path) -> None:
    """Nothing to explain is no success; nor is an empty list on standard input."""
    assert f"{tmp_path}\n  error: holds no mail\n" == run(str(tmp_path), status=1, errors="1 of 1 mails could not be read.\n")
    assert "" == run("-", status=1, errors="There was no mail to explain.\n")


@pytest.mark.rule("OPS-3")
def test_attached_form_and_long_mail_are_told(tmp_path: Path) -> None:
    """A value from an attached form names the file; of a very long mail the last lines are counted."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "meg@ward.example", "helpdesk@desk.example", "Form"
    message.set_content("Please see the form.\n" * 2_100)
    message.add_attachment("Requestor contact number: 0113 496 0770\nNumber of affected users: 4\n", filename="form.txt")
    (tmp_path / "a.eml").write_bytes(message.as_bytes())
    printed = run(str(tmp_path / "a.eml"))
    assert "0113 496 0770   (attachment form.txt, line 1)" in printed
    assert printed.rstrip().endswith("lines more")
