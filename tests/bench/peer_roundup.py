"""Roundup as its mail gateway runs: ``MailGW.handle_Message`` mail by mail, in one process, on the classic tracker.

SQLite in WAL mode, which Roundup sets itself, and synchronous FULL, which is SQLite's default; the acknowledgement goes to the author by
``messages_to_author`` and into a file. ``python -m tests.bench.peer_roundup FOLDER``, with an interpreter that has it.
"""

from __future__ import annotations

import email
import importlib
import logging
import os
import sys
from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.bench.mails import KNOWN, Mail
from tests.bench.peer import serve

_SETTINGS = {
    "RDBMS_BACKEND": "sqlite",
    "MAIL_DOMAIN": "helpdesk.example",
    "TRACKER_WEB": "http://helpdesk.example/desk/",
    "MAIL_HOST": "127.0.0.1",
    "ADMIN_EMAIL": "admin",
    "MESSAGES_TO_AUTHOR": "new",
}

# The template's own line that lets strangers register by writing.
_CLOSED = "#db.security.addPermissionToRole('Anonymous', 'Email Access')"


def _make(home: Path) -> Any:
    template = next(Path(sys.prefix).glob("share/roundup/templates/classic"))
    init: Any = importlib.import_module("roundup.init")
    configuration: Any = importlib.import_module("roundup.configuration")
    init.install(str(home), str(template), settings=dict(_SETTINGS))
    schema = home / "schema.py"
    text = schema.read_text(encoding="utf-8")
    schema.write_text(text.replace(_CLOSED, _CLOSED.lstrip("#")), encoding="utf-8")
    config: Any = configuration.CoreConfig(str(home), settings=dict(_SETTINGS))
    for name, value in _SETTINGS.items():
        config[name] = value
    config.save()
    instance: Any = importlib.import_module("roundup.instance").open(str(home))
    instance.init(importlib.import_module("roundup.password").Password("benchmark", config=config))
    return instance


def _know(instance: Any) -> None:
    database = instance.open("admin")
    for domain in range(7):
        for number in range(KNOWN):
            address = f"known{number}@trust{domain}.example"
            database.user.create(username=address, address=address, roles="User")
    database.commit()
    database.close()


def main(folder: Path) -> None:
    """Serve batches."""
    logging.disable()
    answers = folder / "answers.mbox"
    os.environ["SENDMAILDEBUG"] = str(answers)
    instance = _make(folder / "tracker")
    _know(instance)
    gateway: Any = importlib.import_module("roundup.mailgw")
    handler = gateway.MailGW(instance, Namespace(default_class="", set_value=[]))

    def work(mails: Iterable[Mail]) -> int:
        answers.unlink(missing_ok=True)
        for mail in mails:
            handler.handle_Message(email.message_from_bytes(mail.data, gateway.RoundupMessage))
        return answers.read_bytes().count(b"\nSubject: [issue") if answers.exists() else 0

    serve(work)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
