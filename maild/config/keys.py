"""The keys file: signing keys, newest first, and the secret of fingerprints, which never changes (REF-2, INT-8).

Specimen::

    fingerprint = "base64 of 32 bytes"

    [[keys]]
    id = "k1"
    secret = "base64 of 32 bytes"
"""

from __future__ import annotations

import base64
import binascii
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from maild.config.files import read_toml, validate
from maild.config.mistakes import ConfigMistakes, Mistake
from maild.config.models import Section
from maild.tokens import Key, Keyring

_LEAST = 32  # bytes of a secret


def _secret(value: object) -> bytes:
    try:
        secret = base64.b64decode(value, validate=True) if isinstance(value, str) else b""
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) < _LEAST:
        raise ValueError(f"must be base64 of at least {_LEAST} random bytes")
    return secret


Secret = Annotated[bytes, BeforeValidator(_secret)]


class KeyTable(Section):
    """One signing key."""

    id: str = Field(pattern=r"^[a-z0-9]{1,8}$", description="A short name in lower case; it stands in tokens.")
    secret: Secret = Field(description="Base64 of 32 random bytes.")


class KeysFile(Section):
    """keys.toml."""

    fingerprint: Secret = Field(description="Base64 of 32 random bytes; it never changes.")
    keys: list[KeyTable] = Field(min_length=1, description="The signing keys, newest first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What signs, and what makes fingerprints and the log's hashes of addresses."""

    ring: Keyring
    fingerprint: bytes


def read_keys(path: Path) -> Keys:
    """Return the keys of the file at ``path``.

    Raises:
        ConfigMistakes: the file is missing, wrong, or can be read by others.
    """
    file = read_toml(path)
    form, mistakes = validate(file, KeysFile)
    if path.stat().st_mode & 0o007:
        mistakes.append(Mistake(file=path.name, line=1, key="", text=f"can be read by others: chmod 600 {path}"))
    ids = [table.id for table in form.keys] if form else []
    for index, key_id in enumerate(ids):
        if key_id in ids[:index]:
            mistakes.append(file.mistake(("keys", index, "id"), f'"{key_id}" is the id of two keys'))
    if mistakes or form is None:
        raise ConfigMistakes(mistakes)
    ring = Keyring(keys=tuple(Key(id=table.id, secret=table.secret) for table in form.keys))
    return Keys(ring=ring, fingerprint=form.fingerprint)


def write_keys(path: Path) -> None:
    """Write a new keys file at ``path``, readable by its owner only.

    Raises:
        FileExistsError: there is one already; keys are never overwritten.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(
            "# Signing keys, newest first. Keep old ones while mails signed with them are in use; `fingerprint` never changes.\n"
            f'fingerprint = "{_random()}"\n\n[[keys]]\nid = "k1"\nsecret = "{_random()}"\n'
        )


def _random() -> str:
    return base64.b64encode(os.urandom(_LEAST)).decode()
