"""Two daemons that hold the same mail at once: one effect (INT-8, SCL-2)."""

from __future__ import annotations

import threading

import psycopg
import pytest
from sqlalchemy.engine import make_url

from maild.desk import mails
from maild.policy.reader import read
from maild.store import inbox
from maild.store.database import engine_of, run_once
from tests.desk.house import House
from tests.policy.letters import raw
from tests.servers.postgresql import PostgresqlServer
from tests.support.waiting import wait_until


@pytest.mark.postgres
@pytest.mark.rule("INT-8", "SCL-2")
def test_a_mail_that_two_daemons_process_at_once_makes_one_ticket(postgresql_server: PostgresqlServer, postgresql_template: str) -> None:
    """A lease that ran out under a slow daemon costs the second one its work, and nobody a second ticket."""
    url = postgresql_server.database(postgresql_template)
    house = House(engine_of(url))
    row = house.accept(raw())
    reading = read(run_once(house.engine, inbox.raw_of, row.seq), row.envelope, house.rules)
    slow = house.engine.connect()
    mails.receive(slow.begin(), house.desk, row, reading)
    second = threading.Thread(target=run_once, args=(house.engine, mails.receive, house.desk, row, reading))
    second.start()
    with psycopg.connect(make_url(url).render_as_string(hide_password=False), autocommit=True) as look:
        wait_until(
            lambda: look.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchone() or not second.is_alive()
        )
    slow.commit()
    second.join()
    slow.close()
    assert (1, ["ack"]) == (len(house.tickets()), house.templates())
