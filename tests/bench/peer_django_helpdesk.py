"""django-helpdesk as its importer runs: ``extract_email_metadata`` mail by mail, in one process.

SQLite with WAL and synchronous FULL; acknowledgements are rendered and go to Django's backend in memory (its default sends each while the
importer waits, which would cost more). ``python -m tests.bench.peer_django_helpdesk FOLDER``, with an interpreter that has it.
"""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.bench.mails import HELPDESK, KNOWN, Mail
from tests.bench.peer import serve

_APPS = ("auth", "contenttypes", "sessions", "sites", "humanize", "admin", "messages", "staticfiles")


def _configure(folder: Path) -> None:
    settings: Any = importlib.import_module("django.conf").settings
    settings.configure(
        SECRET_KEY="benchmark",
        INSTALLED_APPS=[*(f"django.contrib.{name}" for name in _APPS), "rest_framework", "helpdesk"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": folder / "helpdesk.db",
                "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"},
            }
        },
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        ROOT_URLCONF="benchmark_urls",
        MEDIA_ROOT=folder / "media",
        SITE_ID=1,
        HELPDESK_TEAMS_MODE_ENABLED=False,
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        DEFAULT_FROM_EMAIL=HELPDESK,
        LOGGING_CONFIG=None,
    )
    importlib.import_module("django").setup()
    urls: Any = importlib.import_module("django.urls")
    module: Any = ModuleType("benchmark_urls")
    module.urlpatterns = [urls.path("", urls.include("helpdesk.urls", namespace="helpdesk"))]
    sys.modules["benchmark_urls"] = module


def _set_up() -> Any:
    call: Any = importlib.import_module("django.core.management").call_command
    call("migrate", verbosity=0, interactive=False)
    call("loaddata", "emailtemplate.json", verbosity=0)
    models: Any = importlib.import_module("helpdesk.models")
    users: Any = importlib.import_module("django.contrib.auth").get_user_model().objects
    for domain in range(7):
        for number in range(KNOWN):
            address = f"known{number}@trust{domain}.example"
            users.create(username=address, email=address)
    return models.Queue.objects.create(
        title="Desk", slug="desk", email_address=HELPDESK, allow_email_submission=True, enable_notifications_on_email_events=True
    )


def main(folder: Path) -> None:
    """Serve batches."""
    logging.disable()
    _configure(folder)
    queue = _set_up()
    importer: Any = importlib.import_module("helpdesk.email")
    log = logging.getLogger("helpdesk")
    sent: Any = importlib.import_module("django.core.mail")
    sent.outbox = []

    def work(mails: Iterable[Mail]) -> int:
        sent.outbox.clear()
        for mail in mails:
            importer.extract_email_metadata(mail.data.decode(), queue, log)
        return len(sent.outbox)

    serve(work)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
