"""The benchmark's own arithmetic and mails: what it measures must be what it says."""

from __future__ import annotations

from tests.bench.contestants import Sample
from tests.bench.mails import KNOWN, MEGABYTE, SHAPES, Mail, empty_lines, on_the_wire, people, shaped
from tests.bench.rounds import interleaved, median, ratio


def sample(rate: float) -> Sample:
    """Return a sample of this rate."""
    return Sample(rate=rate, cpu=0.0, p50=0.0, p99=0.0)


def test_people_write_three_kilobytes_each_from_an_address_of_his_own() -> None:
    """Mails of new senders are about 3 kB, and no two have the same sender or Message-ID."""
    mails = list(people(200, known=False, seed="a"))
    assert (
        len({mail.sender for mail in mails}),
        len({mail.message_id for mail in mails}),
        2_500 < sum(len(mail.data) for mail in mails) / 200 < 3_500,
    ) == (200, 200, True)


def test_known_people_write_again() -> None:
    """Mails of known senders come from a few hundred addresses at most, and are all different mails."""
    mails = list(people(2_000, known=True, seed="a"))
    assert (len({mail.sender for mail in mails}) <= KNOWN * 7, len({mail.message_id for mail in mails})) == (True, 2_000)


def test_same_seed_makes_the_same_mails() -> None:
    """A run can be repeated with the same mails."""
    assert list(people(5, known=False, seed="a")) == list(people(5, known=False, seed="a"))


def test_every_shape_is_a_megabyte() -> None:
    """Each of the large shapes is 1 MB within a tenth."""
    sizes = {name: len(shaped(name, 1).data) for name in SHAPES}
    assert {name: size for name, size in sizes.items() if not 0.9 * MEGABYTE < size < 1.1 * MEGABYTE} == {}


def test_empty_lines_are_empty() -> None:
    """The mail of empty lines is a header and nothing but line ends."""
    head, _, body = empty_lines(1_000, 1).data.partition(b"\r\n\r\n")
    assert (head.startswith(b"From: "), body) == (True, b"\r\n" * 500)


def test_dots_are_doubled_on_the_wire() -> None:
    """A line that begins with a dot gets another, and the mail ends with a line of one dot."""
    assert on_the_wire(Mail("", "", b".a\r\n.b\r\nc")) == b"..a\r\n..b\r\nc\r\n.\r\n"


def test_rounds_alternate_and_ratios_are_of_one_round() -> None:
    """Two take turns as A B B A, each ratio is of the same round, and the median of the ratios counts."""
    order: list[str] = []
    rates = {"a": iter((10.0, 20.0, 90.0)), "b": iter((10.0, 10.0, 10.0))}

    def sampler(name: str) -> Sample:
        order.append(name)
        return sample(next(rates[name]))

    taken = interleaved({"a": lambda _: sampler("a"), "b": lambda _: sampler("b")}, 3, label="x")
    assert ("".join(order), ratio(taken["a"], taken["b"], lambda each: each.rate), median(taken["a"], lambda each: each.rate)) == (
        "abbaab",
        2.0,
        20.0,
    )
