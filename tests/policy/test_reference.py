"""References in subject lines (REF-1, REF-6)."""

from __future__ import annotations

import json
import time
from email.header import decode_header, make_header
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.policy.reference import find_references, format_reference, old_pattern_fault, parse_reference
from maild.policy.rules import ReferenceRules

RULES = ReferenceRules()
EXAMPLES = Path(__file__).parents[1] / "corpus" / "subjects.json"


@pytest.mark.rule("REF-1")
@pytest.mark.parametrize(
    "subject",
    [
        "INC0012345",
        "Re: INC0012345 - Request for information",
        "inc0012345",
        "AW: Re: SV: RE: Antw: [EXTERNAL] FW: [SPAM?] INC0012345",
        "*INC0012345*",
        '"INC0012345" printer',
        "'INC0012345'",
        "„INC0012345“",
        "[INC0012345] We have received your request",
        "(INC0012345)",
        "FW: INC0012345_Ward7.pdf",
        "scan_INC0012345",
        "Re:INC0012345",
        "INC0012345.",
        "INC0012345…",
        "№INC0012345",
        "printer <INC0012345>",
        "関してINC0012345の件",
        "ＩＮＣ００１２３４５ プリンタ",
        "Re: INC00\u200b123\u00ad45",
        "Re: \u200fINC0012345\u200e",
        "\ufeffINC0012345",
        "I\ufe0fN\u2060C\u034f0012345",
        "𝐈𝐍𝐂𝟎𝟎𝟏𝟐𝟑𝟒𝟓",
        "Re: INC0012345 and INC0012345 again",
    ],
)
def test_reference_is_found(subject: str) -> None:
    """A reference is found in any case, behind any prefix, quoted, starred, full-width or with invisible characters in it."""
    assert find_references(subject, RULES) == (12345,)


@pytest.mark.rule("REF-1")
@pytest.mark.parametrize(
    "subject",
    [
        "",
        "Ward 7 calendar missing",
        "INC001234",
        "INC",
        "INC0000000",
        "ZINC0012345",
        "zinc0012345 supplement",
        "éINC0012345",
        "INC00123450",
        "INC00123456789",
        "INC0012345A",
        "INC0012345é",
        "7INC0012345",
        "INC 0012345",
        "INCIDENT0012345",
        "INC1234567890123456789",
        "0012345",
    ],
)
def test_what_is_no_reference(subject: str) -> None:
    """What is too short, stands inside a longer word or number, or has a zero too many is no reference."""
    assert find_references(subject, RULES) == ()


@pytest.mark.rule("REF-1")
def test_example_subjects() -> None:
    """Each example subject, decoded and unfolded, gives the reference that a person would find in it, or none."""
    for example in json.loads(EXAMPLES.read_text(encoding="utf-8")):
        unfolded = example["raw_subject"].replace("\r\n", "")
        subject = str(make_header(decode_header(unfolded)))
        found = [format_reference(number, RULES) for number in find_references(subject, RULES)]
        assert (example["id"], found) == (example["id"], [example["expected"]] if example["expected"] else [])


@pytest.mark.rule("REF-1")
def test_several_references_keep_their_order() -> None:
    """Several references are all found, in the order in which they stand."""
    assert find_references("Re: INC0000007, see INC0000003 and INC12345678", RULES) == (7, 3, 12345678)


@pytest.mark.rule("REF-6")
def test_old_forms_stay_recognised() -> None:
    """A reference of an old form is found beside today's, in the order in which they stand, and never inside a longer word."""
    rules = ReferenceRules(prefix="REQ", digits=6, old_patterns=(r"INC([0-9]{7})", r"ticket #([0-9]{1,9})"))
    assert find_references("Re: inc0012345 REQ000009 Ticket #77", rules) == (12345, 9, 77)
    assert find_references("ZINC0012345 ticket #77a", rules) == ()
    assert parse_reference("INC0012345", rules) == 12345


@pytest.mark.rule("REF-6")
def test_old_form_whose_group_holds_no_number_is_skipped() -> None:
    """An old pattern whose group matched something else than digits finds nothing."""
    assert find_references("case-ab", ReferenceRules(old_patterns=(r"case-([a-z]{2})",))) == ()
    assert find_references("case-", ReferenceRules(old_patterns=(r"case-([0-9]{2})?",))) == ()


@pytest.mark.rule("REF-6")
@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        (r"INC([0-9]{7})", ""),
        (r"\+ref\*([0-9]{1,9})[+*]", ""),
        (r"INC[0-9]{7}", "needs exactly one group, the digits of today's reference, and has 0"),
        (r"(INC)([0-9]{7})", "needs exactly one group, the digits of today's reference, and has 2"),
        (r"INC([0-9]+)", "repeats without a bound below 100: write {1,9} for * and +"),
        (r"INC([0-9]{7,})", "repeats without a bound below 100: write {1,9} for * and +"),
        (r"INC([0-9]{7,100000})", "repeats without a bound below 100: write {1,9} for * and +"),
    ],
)
def test_old_pattern_is_judged(pattern: str, fault: str) -> None:
    """An administrator's pattern needs one group and bounded repeats, and is told so."""
    assert old_pattern_fault(pattern) == fault


def test_old_pattern_that_does_not_compile_is_named() -> None:
    """What is no regular expression is called that, with the reason."""
    assert old_pattern_fault("INC([0-9]").startswith("is no regular expression: ")


@pytest.mark.parametrize(("number", "reference"), [(1, "INC0000001"), (9999999, "INC9999999"), (10000000, "INC10000000")])
def test_reference_is_written(number: int, reference: str) -> None:
    """A number is written with the configured prefix and digits, and widens when it overflows."""
    assert format_reference(number, RULES) == reference


@pytest.mark.parametrize("text", ["", "INC", "INC001234", "printer INC0012345", "INC0000000", "INC0012345 INC0012346"])
def test_what_does_not_parse_as_a_reference(text: str) -> None:
    """Only a text which is one reference and nothing else parses as one."""
    assert parse_reference(text, RULES) is None


@given(st.integers(1, 10**12), st.sampled_from(["INC", "REQ", "SD-"]), st.integers(4, 9))
def test_written_reference_is_read_and_found_again(number: int, prefix: str, digits: int) -> None:
    """Every written reference parses and is found in a subject, in any case."""
    rules = ReferenceRules(prefix=prefix, digits=digits)
    reference = format_reference(number, rules)
    assert parse_reference(f" {reference.lower()} ", rules) == number
    assert find_references(f"Re: [{reference}] printer", rules) == (number,)


@given(st.text(max_size=300))
def test_no_subject_raises(subject: str) -> None:
    """Any subject at all gives a tuple of positive numbers."""
    assert all(number > 0 for number in find_references(subject, RULES))


def test_hostile_subject_costs_little() -> None:
    """A subject of a megabyte made to look like references takes a few milliseconds."""
    rules = ReferenceRules(old_patterns=(r"INC-([0-9]{1,9})",))
    for subject in ("INC" * 400_000, "INC001234" * 120_000, "0" * 1_000_000, "\u200bINC00" * 150_000):
        started = time.perf_counter()
        find_references(subject, rules)
        assert time.perf_counter() - started < 0.2
