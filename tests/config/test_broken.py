"""Configurations broken in the ways in which people break them: each mistake with its file and line, all at once, no traceback."""

from __future__ import annotations

import codecs
import time
from pathlib import Path

import pytest

from maild.config.load import examine
from maild.config.patterns import answer_fault, bounded, search_fault
from tests.config.folder import ADDRESSES, write_folder

TEAM = '[[team]]\nkey = "helpdesk"\nname = "Helpdesk"\n'
FIELD = '[[field]]\nkey = "{key}"\nlabel = "{label}"\ntype = "text"\n'


def found(folder: Path) -> list[str]:
    """Return the lines that `maild check` would print, warnings apart."""
    return [str(mistake) for mistake in sorted(examine(folder, env={}).mistakes)]


def field(key: str, label: str, more: str = "") -> str:
    """Return a field of mds.toml in five lines or more."""
    return FIELD.format(key=key, label=label) + more + "\n"


BYTES = {
    "UTF-16 with its mark": (ADDRESSES.encode("utf-16"), ["maild.toml:1: is in UTF-16; save it as UTF-8"]),
    "UTF-16 without": (ADDRESSES.encode("utf-16-be"), ["maild.toml:1: is in UTF-16; save it as UTF-8"]),
    "a mark before UTF-8": (codecs.BOM_UTF8 + ADDRESSES.encode() + b"[x]\n", ["maild.toml:6: x: is no key here; "]),
    "ends of lines of Windows": (
        (ADDRESSES + "[limits]\nrecipients = 0\n").replace("\n", "\r\n").encode(),
        ["maild.toml:7: limits.recipients: 0 must be at least 1"],
    ),
    "tabs": (
        ADDRESSES.replace(" = ", "\t=\t").encode() + b"\t[limits]\n\t\trecipients = 0\n",
        ["maild.toml:7: limits.recipients: 0 must be at least 1"],
    ),
    "nothing": (b"", ["maild.toml:1: addresses: is missing: the table [addresses] with helpdesk, service, postmaster, abuse"]),
    "a key twice": (ADDRESSES.encode() + b'abuse = "x@y.example"\n', ['maild.toml:6: is no TOML: "abuse" stands here a second time']),
    "a table twice": (
        ADDRESSES.encode() + b"[limits]\n[caps]\n[limits]\n",
        ["maild.toml:8: is no TOML: the table [limits] stands here a second time"],
    ),
}


@pytest.mark.rule("OPS-2")
@pytest.mark.parametrize("name", BYTES)
def test_the_file_itself(tmp_path: Path, name: str) -> None:
    """Encodings, ends of lines and repetitions are told as a person would."""
    folder = write_folder(tmp_path)
    content, expected = BYTES[name]
    (folder / "maild.toml").write_bytes(content)
    assert expected == [line[: len(text)] for line, text in zip(found(folder), expected, strict=True)]


@pytest.mark.rule("OPS-2")
def test_a_file_that_is_no_toml_hides_no_mistake_of_the_others(tmp_path: Path) -> None:
    """All files are read, whatever one of them is."""
    folder = write_folder(tmp_path, rest="[limits\n")
    for name in ("mds.toml", "teams.toml", "keys.toml"):
        (folder / name).write_text("x =\n")
    assert {"keys.toml:1", "maild.toml:6", "mds.toml:1", "teams.toml:1"} == {line.partition(": ")[0] for line in found(folder)}


MAILD = {
    "a block that is none": (
        '[senders]\nblocked = ["a b", "spam.example", "x@y"]\n',
        ['maild.toml:7: senders.blocked[1]: "a b" must be ', 'maild.toml:7: senders.blocked[3]: "x@y" must be '],
    ),
    "a machine that is none": ('[senders]\nmachine_allow = ["@@"]\n', ['maild.toml:7: senders.machine_allow[1]: "@@" must be ']),
    "ourselves blocked": (
        '[senders]\nblocked = ["desk.example", "helpdesk@desk.example"]\n',
        [
            "maild.toml:7: senders.blocked[1]: desk.example is ours: ",
            "maild.toml:7: senders.blocked[2]: helpdesk@desk.example is ours: ",
        ],
    ),
    "no time between reminders": (
        '[procedure]\nreminder_working = "0h"\nreopen_window = "0s"\n',
        [
            'maild.toml:7: procedure.reminder_working: "0h" must be more than nothing',
            'maild.toml:8: procedure.reopen_window: "0s" must be more than nothing',
        ],
    ),
    "no time for the relay": ('[relay]\ntimeout = "0s"\n', ['maild.toml:7: relay.timeout: "0s" must be more than nothing']),
    "a certificate that is none": (
        '[[listener]]\nprotocol = "smtp"\nlisten = "127.0.0.1:0"\ntls_certificate = "keys.toml"\n',
        ["maild.toml:9: listener[1].tls_certificate: cannot be used: "],
    ),
    "authorities that are none": (
        '[relay]\nto = "smtp://relay.example"\ntls_ca = "keys.toml"\n',
        ['maild.toml:8: relay.tls_ca: "keys.toml" cannot be used: '],
    ),
    "helpdesk and service in other case": (
        "",
        ['maild.toml:3: addresses.service: "helpdesk@desk.example" is a helpdesk address too'],
    ),
    "a region that is none": (
        '[calendar]\nregion = "ATLANTIS"\n',
        ["maild.toml:7: calendar.region: unknown region 'ATLANTIS': use ENG, SCT, WLS, NIR, or a country like 'FR' or 'DE-BY'"],
    ),
    "an address with two dots": (
        '[[listener]]\nprotocol = "smtp"\nlisten = "127.0.0.1:99999"\n',
        ['maild.toml:8: listener[1].listen: "127.0.0.1:99999" must be "ADDRESS:PORT"'],
    ),
}


@pytest.mark.rule("OPS-2")
@pytest.mark.parametrize("name", MAILD)
def test_maild_toml(tmp_path: Path, name: str) -> None:
    """What a single value cannot mean is told where it stands."""
    rest, expected = MAILD[name]
    addresses = ADDRESSES.replace("service@desk", "HELPDESK@DESK") if "other case" in name else ADDRESSES
    lines = found(write_folder(tmp_path, rest=rest, addresses=addresses))
    assert expected == [line[: len(text)] for line, text in zip(lines, expected, strict=True)]


BESIDE = {
    "a rule for a category of nowhere": (
        "teams.toml",
        TEAM + '[[rule]]\nname = "r"\nteam = "helpdesk"\ncategory = ["nosuch"]\n',
        ['teams.toml:7: rule[1].category[1]: mds.toml has no category "nosuch"; there are: none'],
    ),
    "a rule for a field of nowhere": (
        "teams.toml",
        TEAM + '[[rule]]\nname = "r"\nteam = "helpdesk"\nvalues = { nofield = "x" }\n',
        ['teams.toml:7: rule[1].values.nofield: mds.toml has no field "nofield"; there are: requestor_email, '],
    ),
    "a rule that could run for ever": (
        "teams.toml",
        TEAM + '[[rule]]\nname = "r"\nteam = "helpdesk"\nsubject = "(a{1,9}){1,9}$"\ntext = "(mail|delay)*ed"\n',
        ["teams.toml:7: rule[1].subject: ", "teams.toml:8: rule[1].text: "],
    ),
    "two rules, each with a mistake of its own kind": (
        "teams.toml",
        TEAM + '[[rule]]\nname = "r"\nteam = "gone"\n[[rule]]\nname = "s"\nteam = "helpdesk"\nsubject = "("\n',
        ['teams.toml:6: rule[1].team: there is no team "gone"', 'teams.toml:10: rule[2].subject: "(" is no regular expression'],
    ),
    "two rules of one name": (
        "teams.toml",
        TEAM + 2 * '[[rule]]\nname = "r"\nteam = "helpdesk"\nsubject = "x"\n',
        ['teams.toml:9: rule[2].name: "r" is the name of two rules'],
    ),
    "an answer that could run for ever": (
        "mds.toml",
        field("a", "A").replace('"text"', '"pattern"') + 'pattern = "(a+)+$"\n',
        ['mds.toml:6: field[1].pattern: "(a+)+$" repeats what repeats or has alternatives, without'],
    ),
    "fields that wait for each other": (
        "mds.toml",
        field("a", "A", 'when = { field = "b" }') + field("b", "B", 'when = { field = "a" }') + field("c", "C", 'when = { field = "c" }'),
        [
            "mds.toml:5: field[1].when.field: waits for itself: a, b, a",
            "mds.toml:10: field[2].when.field: waits for itself: b, a, b",
            "mds.toml:15: field[3].when.field: waits for itself: c, c",
        ],
    ),
    "one label for two fields": (
        "mds.toml",
        field("a", "Room") + field("b", "room:") + field("c", "C", 'synonyms = ["ROOM"]'),
        ['mds.toml:8: field[2].label: "room:" is read as "Room" of ', 'mds.toml:15: field[3].synonyms[1]: "ROOM" is read as "Room" of '],
    ),
    "a label without a letter": ("mds.toml", field("a", " : "), ["mds.toml:3: field[1].label: holds no letter"]),
    "a condition that cannot hold": (
        "mds.toml",
        '[[field]]\nkey = "c"\nlabel = "C"\ntype = "choice"\nchoices = ["x", "y"]\n'
        + field("d", "D", 'when = { field = "c", equals = ["x", "z"] }'),
        ['mds.toml:10: field[2].when.equals[2]: "z" is no choice of "c"; there are: x, y'],
    ),
}


@pytest.mark.rule("OPS-2", "MDS-1", "AGT-1")
@pytest.mark.parametrize("name", BESIDE)
def test_the_files_beside_it(tmp_path: Path, name: str) -> None:
    """Rules that can never match, fields that are never asked, patterns that do not end."""
    folder = write_folder(tmp_path)
    file, text, expected = BESIDE[name]
    (folder / file).write_text(text)
    assert expected == [line[: len(start)] for line, start in zip(found(folder), expected, strict=True)]


@pytest.mark.parametrize("pattern", ["delay|bounce", "^mail flow", "not.{0,40}delivered", "[Ww]ard [0-9]{1,3}", "a?b?c", r"\bfire\b", ""])
def test_patterns_that_end_are_taken(pattern: str) -> None:
    """What a routing rule needs is there."""
    assert "" == search_fault(pattern)


@pytest.mark.parametrize(
    "pattern", ["(a{1,9}){1,9}x", "(?:a|bc)*x", "a{0,99}a{0,99}a{0,99}x", "(a|a){1,30}x", "(?:a?){30}x", "(", "(?<=a+)b", "a++"]
)
def test_patterns_that_may_not_end_are_refused(pattern: str) -> None:
    """With a reason, and what to write instead."""
    assert search_fault(pattern) != ""


@pytest.mark.parametrize(
    "pattern", ["[A-Z]{2}[0-9]+", r"\w+-\w+", "(?:NHS)?[0-9]{10}", "(?:a|b)c*", "([0-9]{3} ?){3}", "[0-9]{3}(?: [0-9]{3})?"]
)
def test_patterns_of_answers_may_repeat_without_bound(pattern: str) -> None:
    """The whole answer matches, and it is short."""
    assert "" == answer_fault(pattern)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (".*x", ".{0,99}x"),
        (r"^urgent:\s+\w*?", r"^urgent:\s{1,99}\w{0,99}?"),
        (r"[*+]a{2,}\+(?:b)+", r"[*+]a{2,99}\+(?:b){1,99}"),
        ("[]*]*(?P<n>c)++|*", "[]*]{0,99}(?P<n>c){1,99}+|*"),
        ("delay|bounce a{3} b{1,4} c?", "delay|bounce a{3} b{1,4} c?"),
    ],
)
def test_patterns_for_mail_repeat_at_most_99_times(pattern: str, expected: str) -> None:
    """An administrator may write * and +; nothing is searched without an end."""
    assert expected == bounded(pattern)


def test_a_rule_may_be_written_with_a_star(tmp_path: Path) -> None:
    """The usual way to write a pattern is taken."""
    folder = write_folder(tmp_path)
    (folder / "teams.toml").write_text(TEAM + '[[rule]]\nname = "r"\nteam = "helpdesk"\nsubject = "^mail.*(flow|delay)"\n')
    assert [] == found(folder)


def test_a_pattern_is_judged_at_once() -> None:
    """However deep it is nested."""
    began = time.monotonic()
    assert "" != search_fault("(" * 200 + "a{1,2}" + "){1,2}" * 200)
    assert time.monotonic() - began < 1


def warned(folder: Path) -> list[str]:
    """Return the warnings that `maild check` would print."""
    return [str(warning) for warning in examine(folder, env={}).warnings]


@pytest.mark.rule("OPS-2")
def test_a_port_of_roots_is_a_warning_to_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may take port 25; everybody else is told what to do instead."""
    folder = write_folder(tmp_path, rest='[[listener]]\nprotocol = "smtp"\nlisten = "127.0.0.1:25"\n')
    says = 'maild.toml:8: listener[1].listen: "127.0.0.1:25" is a port for root; take one from 1024 on, or a socket of systemd\'s'
    for user, told in ((0, False), (1000, True)):
        monkeypatch.setattr("os.geteuid", lambda user=user: user)
        assert told == any(line.startswith(says) for line in warned(folder))


@pytest.mark.rule("OPS-9")
def test_an_alert_that_nobody_would_hear_is_a_warning(tmp_path: Path) -> None:
    """The program that is named is looked for."""
    folder = write_folder(tmp_path, rest='[alerts]\ncommand = ["/no/such/program", "x"]\n')
    says = 'maild.toml:7: alerts.command: "/no/such/program" is no program on this machine, so nobody would hear of an alert'
    assert says in warned(folder)
    (folder / "maild.toml").write_text((folder / "maild.toml").read_text().replace("/no/such/program", "true"))
    assert says not in warned(folder)
