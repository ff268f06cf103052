"""How well mails are read: a table over a corpus of NNN.eml with NNN.json beside it (what a person reads in the mail).

    python tests/accuracy.py [-v] [DIR …]

Per field: right, wrong, missed, invented, and F1; whole Minimum Data Sets right; new text exact after collapsing white space
and punctuation. A run over the whole corpus may not be worse than ``accuracy.json`` says.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from maild.mail.parse import parse  # noqa: E402 - run as a script, the package stands one folder up
from maild.mail.replies import author_of, split  # noqa: E402
from maild.policy.mds.extract import extract  # noqa: E402
from maild.policy.mds.procedure import PROCEDURE  # noqa: E402

OUTCOMES = ("right", "wrong", "missed", "invented")
CORPUS = [HERE / "corpus" / name for name in ("examples", "replies", "fresh", "blind", "blind3", "blind4")]
RECORDED = HERE / "accuracy.json"


@dataclass(slots=True)
class Tally:
    """Counts of outcomes: over all, by field and by client, with what differed."""

    fields: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    clients: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    whole: Counter[str] = field(default_factory=Counter)
    differing: list[str] = field(default_factory=list)


def collapsed(text: object) -> str:
    """Return ``text`` in lower case, with every run of white space and punctuation as one blank."""
    return re.sub(r"[\W_]+", " ", str(text).lower()).strip()


def comparable(key: str, value: Any) -> object:
    """Return ``value`` in the form in which two readings of a field are compared."""
    if value is None or isinstance(value, int):
        return value
    if key == "evidence":
        return collapsed(value.get("text") or ""), tuple(sorted(name.lower() for name in value.get("attachments") or ()))
    if isinstance(value, list):
        return tuple(sorted(str(entry).lower() for entry in value))
    return str(value).lower() if "@" in str(value) and " " not in str(value) else collapsed(value)


def read(path: Path) -> tuple[dict[str, object], str]:
    """Return the values and the new text that maild reads in the mail at ``path``."""
    message = parse(path.read_bytes())
    reply = split(message.text, message.html, author=author_of(message.sender), form=PROCEDURE.labels)
    return {value.key: value.plain() for value in extract(message, reply, PROCEDURE).values}, reply.new_text


def judge(tally: Tally, path: Path) -> None:
    """Count one mail."""
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    values, new_text = read(path)
    client, name = expected.get("client", "?"), f"{path.stem} ({expected.get('client')}, {expected.get('style')})"
    whole = True
    for key in (entry.key for entry in PROCEDURE.fields):
        outcome = _outcome(key, values.get(key), expected["mds"].get(key))
        if outcome:
            tally.fields[key][outcome] += 1
        if outcome not in ("", "right"):
            whole = False
            tally.differing.append(f"{name} {key} {outcome}\n    got:  {values.get(key)!r}\n    want: {expected['mds'].get(key)!r}")
    exact = collapsed(new_text) == collapsed(expected["new_text"])
    if not exact:
        tally.differing.append(f"{name} new text\n    got:  {new_text!r}\n    want: {expected['new_text']!r}")
    for counter in (tally.whole, tally.clients[client]):
        counter.update(mails=1, mds=int(whole), text=int(exact))


def _outcome(key: str, got: object, want: object) -> str:
    if want is None:
        return "invented" if got is not None else ""
    if got is None:
        return "missed"
    return "right" if comparable(key, got) == comparable(key, want) else "wrong"


def f1(counts: Counter[str]) -> float:
    """Return the F1 measure of the outcomes counted."""
    right = counts["right"]
    given, wanted = right + counts["wrong"] + counts["invented"], right + counts["wrong"] + counts["missed"]
    return 2 * right / (given + wanted) if given + wanted else 1.0


def table(tally: Tally) -> str:
    """Return the table."""
    total: Counter[str] = Counter()
    lines = [f"{'field':24}" + "".join(f"{name:>10}" for name in (*OUTCOMES, "F1"))]
    for key, counts in tally.fields.items():
        total.update(counts)
        lines.append(f"{key:24}" + "".join(f"{counts[name]:>10}" for name in OUTCOMES) + f"{f1(counts):>10.3f}")
    lines.append(f"{'all fields':24}" + "".join(f"{total[name]:>10}" for name in OUTCOMES) + f"{f1(total):>10.3f}")
    given = total["right"] + total["wrong"] + total["invented"]
    lines.append(f"wrong or invented: {(total['wrong'] + total['invented']) / max(given, 1):.1%} of {given} values given")
    lines.append(f"\n{'client':24}{'mails':>10}{'MDS':>10}{'new text':>10}")
    lines += [f"{client:24}{c['mails']:>10}{c['mds']:>10}{c['text']:>10}" for client, c in sorted(tally.clients.items())]
    mails = max(tally.whole["mails"], 1)
    lines.append(f"{'all':24}{tally.whole['mails']:>10}{tally.whole['mds'] / mails:>10.1%}{tally.whole['text'] / mails:>10.1%}")
    return "\n".join(lines)


def measure(directories: list[Path]) -> Tally:
    """Return the tally over every mail in ``directories`` that has its reading beside it."""
    tally = Tally()
    for directory in directories:
        for path in sorted(directory.glob("*.eml")):
            if path.with_suffix(".json").exists():
                judge(tally, path)
    return tally


def figures(tally: Tally) -> dict[str, int]:
    """Return what is recorded of a run over the whole corpus."""
    total: Counter[str] = sum(tally.fields.values(), Counter())
    return {**{name: total[name] for name in OUTCOMES}, **{name: tally.whole[name] for name in ("mails", "mds", "text")}}


def falls(found: dict[str, int], recorded: dict[str, int]) -> list[str]:
    """Return in which figures a run is worse than the recorded one."""
    worse = [name for name in ("right", "mails", "mds", "text") if found[name] < recorded[name]]
    return worse + [name for name in ("wrong", "missed", "invented") if found[name] > recorded[name]]


def main() -> int:
    """Print the table; with -v what differs, with --record keep the figures. Return 1 where they fell below the recorded ones."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directories", nargs="*", type=Path, default=CORPUS)
    parser.add_argument("--record", action="store_true", help="keep the figures as those below which no run may fall")
    parser.add_argument("-v", "--verbose", action="store_true", help="say what differs")
    arguments = parser.parse_args()
    tally = measure(arguments.directories)
    if arguments.verbose:
        print("\n".join(tally.differing))
    print(table(tally))
    if arguments.directories != CORPUS:
        return 0
    if arguments.record:
        RECORDED.write_text(json.dumps(figures(tally), indent=1) + "\n", encoding="utf-8")
    worse = falls(figures(tally), json.loads(RECORDED.read_text(encoding="utf-8")))
    if worse:
        print(f"worse than recorded in {RECORDED.name}: {', '.join(worse)}", file=sys.stderr)
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
