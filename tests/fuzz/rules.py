"""The configuration that mails are tried with: the procedure's Minimum Data Set, two teams, and no cap in the way."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from maild.policy.mds.fields import Mode
from maild.policy.mds.procedure import PROCEDURE
from maild.policy.routing import Route, Team, TeamRules
from maild.policy.rules import AddressRules, CapRules, SenderRules
from tests.policy.helpdesk import RULES

MANY = 1_000_000
TEAMS = TeamRules(
    teams=(
        Team(key="helpdesk", name="Helpdesk", address="agents@helpdesk.example"),
        Team(key="print", name="Printing", address="printing@resolvers.example", auto_submitted=False, attachments=100_000),
    ),
    routes=(Route(name="printers", team="print", text="printer"),),
)
# Those that the corpus was written to.
HELPDESK, SERVICE = "helpdesk@nhsdesk.example", "service@servicedesk.example"
ADDRESSES = AddressRules(
    helpdesk=(HELPDESK,), service=SERVICE, persons=MappingProxyType({"postmaster@nhsdesk.example": "person@person.example"})
)
FUZZED = replace(
    RULES,
    addresses=ADDRESSES,
    mds=PROCEDURE,
    teams=TEAMS,
    caps=CapRules(sender_per_hour=MANY, sender_per_day=MANY, ticket_per_hour=MANY, global_per_minute=MANY, notices_per_day=MANY),
)
# Only what is essential is asked for, so that most tickets go to their teams at once.
LENIENT = replace(FUZZED, mds=replace(PROCEDURE, mode=Mode.LENIENT))
# Our relay's word is wanted before a mail counts as its sender's.
STRICT = replace(FUZZED, senders=SenderRules(authserv_ids=("mx.nhsdesk.example",), demand_for_updates="aligned"))
