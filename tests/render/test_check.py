"""What ``maild check`` says about templates: all mistakes at once, with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from maild.render import TEMPLATES, check_templates
from maild.render.samples import SAMPLES


def written(path: Path, **files: str) -> Path:
    """Return a folder with these English files; ``ack_txt`` is ``ack.txt``."""
    (path / "en").mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        stem, _, ending = name.rpartition("_")
        (path / "en" / f"{stem}.{ending}").write_text(text, encoding="utf-8")
    return path


def found(folder: Path, *languages: str) -> list[str]:
    """Return the mistakes, files relative to the folder."""
    return [str(mistake).replace(f"{folder}/", "") for mistake in check_templates((folder,), languages)]


@pytest.mark.rule("ACK-4")
def test_the_templates_that_come_with_maild_have_no_mistake() -> None:
    """Every template renders with every sample, asks what it must ask, and offers what it must offer."""
    assert check_templates((), ("en",)) == []
    assert tuple(SAMPLES) == TEMPLATES


@pytest.mark.rule("ACK-4", "OPS-2")
def test_all_mistakes_come_out_at_once_with_file_and_line(tmp_path: Path) -> None:
    """Broken syntax, an unknown value, a missing subject, a wrong name, a broken dates file: each is named."""
    folder = written(
        tmp_path,
        ack_txt="Subject: x\n\n{{ nobody }}\n",
        closed_txt="Subject: x\n\nline\n{% if %}\n",
        reopened_txt="no subject\n",
        acknowledgement_txt="Subject: x\n\nHello\n",
        dates_toml="days = []\n",
    )
    mistakes = found(folder)
    assert [mistake.split(": ")[0] for mistake in mistakes] == [
        "en/ack.txt:3",
        "en/acknowledgement.txt:1",
        "en/closed.txt:4",
        "en/dates.toml:1",
        "en/reopened.txt:1",
    ]
    assert mistakes[1].startswith("en/acknowledgement.txt:1: no mail has this name; there are ack, rfi, ")


def test_a_value_that_only_some_mails_have_is_found(tmp_path: Path) -> None:
    """A template that breaks for one sample alone is a mistake, told once."""
    folder = written(tmp_path, unreadable_txt="Subject: x\n\n{{ reference }}{% if unreadable == 'empty' %}{{ oops }}{% endif %}\n")
    assert found(folder) == ["en/unreadable.txt:3: UndefinedError: 'oops' is undefined"]


@pytest.mark.rule("RFI-1", "RES-1")
def test_a_template_that_forgets_what_the_mail_is_for_is_a_mistake(tmp_path: Path) -> None:
    """An RFI that asks nothing, and a resolution mail without its link, are found before a user gets them."""
    folder = written(tmp_path, rfi_txt="Subject: x\n\nPlease answer.\n", resolved_txt="Subject: x\n\nDone.\n")
    assert found(folder) == [
        "en/resolved.txt:1: the HTML holds no re-open link",
        "en/resolved.txt:1: the text holds no re-open link",
        'en/rfi.txt:1: the HTML does not ask for "Contact number"',
        'en/rfi.txt:1: the HTML does not ask for "Number of affected users"',
        'en/rfi.txt:1: the text does not ask for "Contact number"',
        'en/rfi.txt:1: the text does not ask for "Number of affected users"',
    ]


@pytest.mark.rule("ACK-4")
def test_a_language_without_a_folder_is_a_mistake(tmp_path: Path) -> None:
    """A sender-domain map that names a language nobody has is told; one with a folder is not."""
    (tmp_path / "cy").mkdir()
    assert [mistake.text for mistake in check_templates((tmp_path,), ("en", "cy", "gd"))] == ['there is no folder "gd"']
