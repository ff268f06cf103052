"""The keys file."""

from __future__ import annotations

from pathlib import Path

import pytest

from maild.config.keys import read_keys, write_keys
from maild.config.load import load
from maild.config.mistakes import ConfigMistakes
from tests.config.folder import write_folder

SECRET = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"


def keys_file(folder: Path, text: str, mode: int = 0o600) -> Path:
    """Return a keys file with ``text``."""
    path = folder / "keys.toml"
    path.write_text(text)
    path.chmod(mode)
    return path


def key(key_id: str, secret: str = SECRET) -> str:
    """Return the table of one key."""
    return f'[[keys]]\nid = "{key_id}"\nsecret = "{secret}"\n'


@pytest.mark.rule("REF-2")
def test_keys_are_read_newest_first(tmp_path: Path) -> None:
    """Several keys are valid at a time, the first signs; the fingerprint's secret is its own."""
    keys = read_keys(keys_file(tmp_path, f'fingerprint = "{SECRET}"\n' + key("k2") + key("k1")))
    assert ["k2", "k1"] == [each.id for each in keys.ring.keys]
    assert b"secret" * 6 == keys.fingerprint


@pytest.mark.rule("OPS-7")
def test_new_keys_are_random_and_private(tmp_path: Path) -> None:
    """New keys differ from any others, can be read by their owner only, and never replace keys that are there."""
    write_keys(tmp_path / "a")
    write_keys(tmp_path / "b")
    assert read_keys(tmp_path / "a").ring != read_keys(tmp_path / "b").ring
    assert 0o100600 == (tmp_path / "a").stat().st_mode
    with pytest.raises(FileExistsError):
        write_keys(tmp_path / "a")


@pytest.mark.parametrize(
    ("text", "mode", "expected"),
    [
        (f'fingerprint = "{SECRET}"\n' + key("k1"), 0o604, "keys.toml:1: can be read by others: chmod 600 "),
        (f'fingerprint = "{SECRET}"\n', 0o600, "keys.toml:1: keys: is missing: the signing keys, newest first."),
        (
            f'fingerprint = "{SECRET}"\n' + key("k1", "c2hvcnQ="),
            0o600,
            "keys.toml:4: keys[1].secret: must be base64 of at least 32 random bytes",
        ),
        (f'fingerprint = "{SECRET}"\n' + key("k1", "!"), 0o600, "keys.toml:4: keys[1].secret: must be base64 of at least 32 random bytes"),
        (f'fingerprint = "{SECRET}"\n' + key("K-1"), 0o600, 'keys.toml:3: keys[1].id: "K-1" must look like '),
        (f'fingerprint = "{SECRET}"\n' + key("k1") + key("k1"), 0o600, 'keys.toml:6: keys[2].id: "k1" is the id of two keys'),
        (key("k1"), 0o600, "keys.toml:1: fingerprint: is missing: base64 of 32 random bytes; it never changes."),
    ],
)
@pytest.mark.rule("OPS-11")
def test_wrong_keys_are_refused(tmp_path: Path, text: str, mode: int, expected: str) -> None:
    """A keys file that is wrong or open to others is refused, and never quoted."""
    with pytest.raises(ConfigMistakes) as caught:
        read_keys(keys_file(tmp_path, text, mode))
    assert [expected] == [str(mistake)[: len(expected)] for mistake in caught.value.mistakes]
    assert SECRET not in str(caught.value)


@pytest.mark.rule("OPS-2", "OPS-11")
def test_mistakes_of_keys_are_mistakes_of_the_configuration(tmp_path: Path) -> None:
    """Wrong keys are named together with the mistakes of maild.toml."""
    folder = write_folder(tmp_path, rest="[limits]\nrecipients = 0\n")
    keys_file(folder, "keys = 1\n")
    with pytest.raises(ConfigMistakes) as caught:
        load(folder, env={})
    assert [("keys.toml", "fingerprint"), ("keys.toml", "keys"), ("maild.toml", "limits.recipients")] == [
        (mistake.file, mistake.key) for mistake in caught.value.mistakes
    ]
