"""Whole mails: what they say, how they are built, and what a broken template does."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maild.policy.mds.procedure import PROCEDURE
from maild.policy.reader import read
from maild.render import TEMPLATES, Link, MailContext, OutgoingMail, Question, RenderedMail, Renderer, TeamContext
from maild.render.context import AttachmentLine, CommandContext, CommandLine, FieldValue, JournalLine, template_values
from maild.render.samples import CONTACTS, SAMPLES
from maild.render.templates import Folder, TemplateFault, TemplateSet, read_folder
from maild.render.wire import clean, clean_text
from tests.policy.helpdesk import RULES
from tests.policy.letters import envelope, raw

LONDON = ZoneInfo("Europe/London")
RECEIVED_AT = datetime(2026, 3, 3, 14, 2, tzinfo=UTC)
BUILT_IN = Renderer(zone=LONDON, contacts=CONTACTS)
PLANNED = [
    "Date",
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "X-Loop",
    "MIME-Version",
    "Content-Type",
]


def a_mail(template: str = "ack", context: MailContext | None = None, **values: Any) -> OutgoingMail:
    """Return a mail to alice with every header that a mail can have."""
    mail = OutgoingMail(
        template=template,
        language="en",
        context=context or MailContext(reference="INC0012345", received_at=RECEIVED_AT),
        sender_name="Demo Helpdesk",
        sender="service@servicedesk.example",
        to="alice@trust.example",
        message_id="1c.a7.k1.mac@servicedesk.example",
        date=datetime(2026, 6, 3, 14, 3, tzinfo=UTC),
        reply_to="service+r-1c.a7.k1.mac@servicedesk.example",
        in_reply_to="<second@trust.example>",
        references=("first@trust.example",),
        auto_submitted="auto-replied",
    )
    return replace(mail, **values)


def parsed(rendered: RenderedMail) -> EmailMessage:
    """Return the mail as Python's own parser reads it."""
    message = email.message_from_bytes(rendered.raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def part(rendered: RenderedMail, kind: str) -> str:
    """Return the text of the part ``plain`` or ``html``, with LF line ends."""
    body = parsed(rendered).get_body((kind,))
    assert isinstance(body, EmailMessage)
    return str(body.get_content()).replace("\r\n", "\n")


def words_of(html: str) -> str:
    """Return what a reader of the HTML sees, spaces made one."""
    seen: list[str] = []

    class Reader(HTMLParser):
        def handle_data(self, data: str) -> None:
            seen.append(data)

    Reader().feed(html)
    return " ".join("".join(seen).split())


def folder(path: Path, **files: str) -> Path:
    """Return a template folder with these English files; ``ack_txt`` is ``ack.txt``."""
    (path / "en").mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        stem, _, ending = name.rpartition("_")
        (path / "en" / f"{stem}.{ending}").write_text(text, encoding="utf-8")
    return path


# -------------------------------------------------------------------------------------------------------------- headers


@pytest.mark.rule("ACK-2")
def test_a_mail_bears_exactly_the_planned_headers() -> None:
    """Each header once, in its place, with its value."""
    message = parsed(BUILT_IN.render(a_mail()))
    assert message.keys() == PLANNED
    assert message.defects == []
    values = {name: str(message[name]) for name in PLANNED[:-1]}
    assert values == {
        "Date": "Wed, 03 Jun 2026 15:03:00 +0100",
        "From": "Demo Helpdesk <service@servicedesk.example>",
        "To": "alice@trust.example",
        "Reply-To": "service+r-1c.a7.k1.mac@servicedesk.example",
        "Subject": "[INC0012345] We have received your request",
        "Message-ID": "<1c.a7.k1.mac@servicedesk.example>",
        "In-Reply-To": "<second@trust.example>",
        "References": "<first@trust.example> <second@trust.example>",
        "Auto-Submitted": "auto-replied",
        "X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply",
        "X-Loop": "service@servicedesk.example",
        "MIME-Version": "1.0",
    }


@pytest.mark.rule("ACK-2")
def test_what_an_agent_wrote_is_not_called_automatic() -> None:
    """Without a parent, a Reply-To or an automatic cause these headers are left out."""
    message = parsed(BUILT_IN.render(a_mail(auto_submitted="", reply_to="", in_reply_to="", references=())))
    assert [name for name in PLANNED if name not in message] == ["Reply-To", "In-Reply-To", "References", "Auto-Submitted"]


@pytest.mark.rule("ACK-2")
@pytest.mark.parametrize("template", TEMPLATES)
def test_every_mail_is_an_alternative_whose_text_comes_first(template: str) -> None:
    """multipart/alternative, text then HTML, UTF-8, 7-bit encodings, CRLF, and no line over 998."""
    for context in SAMPLES[template]:
        rendered = BUILT_IN.render(a_mail(template, context))
        message = parsed(rendered)
        assert message.get_content_type() == "multipart/alternative"
        leaves = [leaf for leaf in message.iter_parts() if isinstance(leaf, EmailMessage)]
        assert [leaf.get_content_type() for leaf in leaves] == ["text/plain", "text/html"]
        assert {leaf["Content-Transfer-Encoding"] for leaf in leaves} <= {"7bit", "quoted-printable"}
        assert {leaf.get_content_charset() for leaf in leaves} == {"utf-8"}
        assert rendered.raw.isascii()
        assert rendered.raw.count(b"\n") == rendered.raw.count(b"\r") == rendered.raw.count(b"\r\n")
        assert max(map(len, rendered.raw.split(b"\r\n"))) <= 78
        assert rendered.problem == ""


@pytest.mark.rule("ACK-5")
def test_a_mail_without_a_reference_has_no_brackets() -> None:
    """The unprompted notice belongs to no ticket."""
    rendered = BUILT_IN.render(a_mail("unprompted", MailContext(received_at=RECEIVED_AT)))
    assert rendered.subject == "Your mail did not reach the helpdesk"


def test_the_same_mail_gives_the_same_bytes() -> None:
    """Rendering reads no clock and draws nothing: a repeated decision is the same mail."""
    assert BUILT_IN.render(a_mail()).raw == Renderer(zone=LONDON, contacts=CONTACTS).render(a_mail()).raw


@pytest.mark.rule("ACK-2")
def test_long_threads_are_cut_to_their_root_and_their_end() -> None:
    """A hundred ancestors leave twelve, the parent last, each on its own line."""
    references = tuple(f"{number}{'x' * 200}@trust.example" for number in range(100))
    message = parsed(BUILT_IN.render(a_mail(references=references)))
    ids = str(message["References"]).split()
    assert (len(ids), ids[0], ids[-1]) == (12, f"<{references[0]}>", "<second@trust.example>")


@pytest.mark.rule("ACK-2", "OUT-3")
def test_an_international_recipient_needs_smtputf8_and_nobody_else_does() -> None:
    """A local part beyond ASCII makes the header UTF-8 (RFC 6532); an international domain has an ASCII form."""
    rendered = BUILT_IN.render(a_mail(to="zoë@bücher.example"))
    assert (rendered.to, rendered.needs_smtputf8) == ("zoë@xn--bcher-kva.example", True)
    assert "To: zoë@xn--bcher-kva.example\r\n".encode() in rendered.raw
    assert BUILT_IN.render(a_mail(to="zoe@bücher.example")).needs_smtputf8 is False


def test_further_headers_are_cleaned_and_kept() -> None:
    """What the caller adds stands before MIME-Version."""
    rendered = BUILT_IN.render(a_mail(extra_headers=(("X-Team", "a\r\nBcc: eve@evil.example"), ("Bad Name", "x"))))
    message = parsed(rendered)
    assert message["X-Team"] == "a Bcc: eve@evil.example"
    assert len(message.keys()) == len(PLANNED) + 1


def test_a_service_address_in_an_international_domain_still_gets_a_message_id() -> None:
    """The Message-ID takes the domain's ASCII form."""
    assert BUILT_IN.render(a_mail(message_id="1c.a7@bücher.example")).message_id == "<1c.a7@xn--bcher-kva.example>"


# ---------------------------------------------------------------------------------------------------- hostile values


ANY = st.text(st.one_of(st.characters(), st.sampled_from(list("\r\n\t\x00\x1b\u2028\ud800<>&\"'@:=?_.-{}%# "))), max_size=80)
HOSTILE = st.one_of(
    ANY,
    st.builds(
        "{}{}{}".format,
        ANY,
        st.sampled_from(
            ["\r\nBcc: eve@evil.example\r\n\r\n", "\n\n--=_", "\r\n.\r\nMAIL FROM:<>", "<script>", "{{ 7*7 }}", "=?utf-8?q?=0D=0ABcc=3A?="]
        ),
        ANY,
    ),
)


@pytest.mark.rule("ACK-2", "ACK-5")
@settings(max_examples=150)
@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
def test_whatever_people_write_the_mail_has_its_planned_headers_and_body(headline: str, name: str, file: str, text: str) -> None:
    """Subject, names, file names and texts of any kind come out as themselves, in their places, and nowhere else."""
    team = TeamContext(
        name=name,
        headline=headline,
        state="New",
        requester=name,
        subject=headline,
        new_text=text,
        attachments=(AttachmentLine(name=file, content_type=file, size=1),),
        values=(FieldValue(label=name, value=text, source=file),),
        journal=(JournalLine(at=RECEIVED_AT, text=text),),
    )
    context = MailContext(reference="INC0012345", received_at=RECEIVED_AT, team=team)
    rendered = BUILT_IN.render(a_mail("team", context, sender_name=name, in_reply_to=file, references=(text, name)))
    message = parsed(rendered)
    headers = message.keys()
    assert [header for header in PLANNED if header not in ("In-Reply-To", "References")] == [
        header for header in headers if header not in ("In-Reply-To", "References")
    ]
    assert rendered.subject == clean(f"[INC0012345] {clean(headline, 200)}")
    assert str(message["Subject"]) == rendered.subject
    assert [address.addr_spec for address in message["From"].addresses] == ["service@servicedesk.example"]
    assert len(list(message.iter_parts())) == 2
    shown = part(rendered, "plain")
    for line in clean_text(text).strip("\n").split("\n"):
        assert " ".join(line.split()) in " ".join(shown.split())
    assert "<script>" not in part(rendered, "html")


@pytest.mark.rule("ACK-4")
def test_what_people_write_is_never_a_template() -> None:
    """Braces in a text are braces."""
    rendered = says("resolved", done="{{ 7 * 7 }} {% for %}")
    assert "    {{ 7 * 7 }} {% for %}\n" in part(rendered, "plain")


@pytest.mark.parametrize("template", TEMPLATES)
def test_no_word_of_a_person_is_html(template: str) -> None:
    """Markup in any value is shown as the text it is."""
    canary = '<script src="x">&'
    link = Link(https='https://desk.example/"><script>', mail_to="a@b.example", mail_subject=canary)
    context = MailContext(
        reference=canary,
        received_at=RECEIVED_AT,
        questions=(Question(label=canary, reason=canary),),
        question=canary,
        understood=(canary,),
        done=canary,
        reopen=link,
        confirm_url=link.https,
        status_url=link.https,
        unreadable=canary,
        team=TeamContext(
            name=canary, headline=canary, state=canary, requester=canary, subject=canary, new_text=canary, description=canary + "2"
        ),
        commands=CommandContext(
            changed=True, commands=(CommandLine(command=canary, done=True, result=canary),), help=((canary, canary),), text_became="note"
        ),
    )
    assert "<script" not in part(BUILT_IN.render(a_mail(template, context)), "html")


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_html_loads_nothing_and_runs_nothing(template: str) -> None:
    """No pictures, scripts, styles or fonts from anywhere, a language, a title, and headings of tables marked as such."""
    for context in SAMPLES[template]:
        html = part(BUILT_IN.render(a_mail(template, context)), "html")
        for forbidden in ("<img", "<script", "<link", "<iframe", "<form", "<input", "src=", "url(", "@import", "javascript:"):
            assert forbidden not in html
        assert html.startswith('<!DOCTYPE html>\n<html lang="en">')
        assert "<title>Demo Helpdesk</title>" in html
        assert "<table" not in html or 'role="presentation"' in html or '<th scope="row"' in html


# -------------------------------------------------------------------------------------------------------------- wording


def says(template: str, **values: Any) -> RenderedMail:
    """Return the mail of ``template`` about INC0012345."""
    context = MailContext(reference="INC0012345", received_at=RECEIVED_AT, reopen=Link(https="https://desk.example/r/token"))
    return BUILT_IN.render(a_mail(template, replace(context, **values)))


TWO = (Question(label="Contact number", reason="it has too few digits"), Question(label="Number of affected users"))
WINDOW = {"reopen_until": datetime(2026, 3, 15, 15, 0, tzinfo=UTC)}
WORDING: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "ack",
        {},
        "We have received your request",
        "We received it on Tuesday 3 March, 14:02. Reply to this mail to add something, and do not change the subject.",
    ),
    (
        "rfi",
        {"questions": TWO},
        "We need some information from you",
        "Please reply with the 2 points below; we cannot continue without them.",
    ),
    (
        "reminder1",
        {"questions": TWO},
        "Reminder 1 of 3: we still need your answer",
        "The same 2 questions are below; a short reply from your phone is enough.",
    ),
    (
        "reminder2",
        {"questions": TWO},
        "Reminder 2 of 3: your request is waiting for you",
        "Don't know an answer? Say so in your reply.",
    ),
    (
        "reminder3",
        {"questions": TWO, "answer_by": datetime(2026, 3, 12, 15, 0, tzinfo=UTC)},
        "Last reminder: we need your answer",
        "Without an answer by Thursday 12 March, 15:00, we will mark this as resolved.",
    ),
    (
        "resolved_no_response",
        WINDOW,
        "Resolved because we had no answer",
        "Still need help? Press Re-open by Sunday 15 March, 15:00; a reply will not re-open it.",
    ),
    (
        "resolved",
        WINDOW | {"done": "We replaced the toner."},
        "We have resolved your request",
        "What we did is below. Not fixed? Press Re-open by Sunday 15 March, 15:00; a reply will not re-open it.",
    ),
    (
        "reply_not_reopened",
        WINDOW,
        "Your reply was kept, but the request is still resolved",
        "To have us continue, press Re-open by Sunday 15 March, 15:00.",
    ),
    (
        "unprompted",
        {},
        "Your mail did not reach the helpdesk",
        "Nobody is working on it: please send it again to helpdesk@nhsdesk.example.",
    ),
    (
        "closed",
        {},
        "Your request is closed",
        "Same problem again? Write a new mail to helpdesk@nhsdesk.example and quote this number.",
    ),
    ("reopened", {}, "We have re-opened your request", "It is back with the team; you need do nothing now."),
    ("unreadable", {"unreadable": "encrypted"}, "We could not read your mail", "0333 496 0000"),
]


@pytest.mark.rule("ACK-1", "RFI-1", "REM-1", "RES-1", "RES-4", "RES-5", "RES-6", "SVC-2", "MDS-7")
@pytest.mark.parametrize(("template", "values", "subject", "sentence"), WORDING, ids=[row[0] for row in WORDING])
def test_each_mail_says_its_sentence(template: str, values: dict[str, Any], subject: str, sentence: str) -> None:
    """Subject and sentence are those of the wording list, in the text and in the HTML."""
    rendered = says(template, **values)
    assert rendered.subject == f"[INC0012345] {subject}"
    assert sentence in words_of(part(rendered, "plain"))
    assert sentence in words_of(part(rendered, "html"))


@pytest.mark.rule("ACK-1")
@pytest.mark.parametrize(("template", "values"), [row[:2] for row in WORDING], ids=[row[0] for row in WORDING])
def test_each_mail_says_when_the_request_came_and_how_to_reach_us_otherwise(template: str, values: dict[str, Any]) -> None:
    """Since subjects show no topic, the time does; phone, complaints and escalation stand in the footer."""
    rendered = says(template, **values)
    for text in (" ".join(part(rendered, "plain").split()), words_of(part(rendered, "html"))):
        assert "Tuesday 3 March, 14:02" in text
        assert CONTACTS.phone in text
        assert f"To complain: {CONTACTS.complaints}" in text
        assert f"To escalate: {CONTACTS.escalation}" in text


@pytest.mark.rule("RFI-1")
@pytest.mark.parametrize("template", ["ack", "rfi", "reminder1", "reminder2", "reminder3", "reopened", "unreadable"])
def test_where_a_reply_helps_the_mail_asks_for_it_with_the_subject_unchanged(template: str) -> None:
    """The first lines ask for a reply and for an unchanged subject."""
    start = part(says(template, questions=TWO), "plain")[:250].lower()
    assert "reply to this mail" in start
    assert "not change the subject" in start


@pytest.mark.rule("RFI-1", "REM-1", "MDS-4")
@pytest.mark.parametrize("template", ["rfi", "reminder1", "reminder2", "reminder3"])
def test_the_form_has_a_line_for_each_missing_field(template: str) -> None:
    """Each label stands alone on its line with an empty one below; the reason stands above the form; known fields by label only."""
    rendered = says(template, questions=TWO, understood=("Issue description",))
    text = part(rendered, "plain")
    assert "\nContact number:\n\nNumber of affected users:\n\n" in text
    assert 'We could not use the "Contact number" you gave: it has too few digits.\n' in text
    assert 'No need to repeat what we already have - "Issue description".\n' in text
    html = part(rendered, "html")
    assert html.count("<b>Contact number:</b>&nbsp;</p>\n<p") == 1
    assert "<table" not in html


@pytest.mark.rule("MDS-2", "RFI-2")
@pytest.mark.parametrize("mark", ["> ", ""])
@pytest.mark.parametrize("known", [labels for size in (0, 1, 2, 4) for labels in combinations([f.label for f in PROCEDURE.fields], size)])
def test_nothing_of_our_own_form_is_taken_for_an_answer(mark: str, known: tuple[str, ...]) -> None:
    """However the lines are broken: a thank-you above it answers nothing, and what is typed into it does."""
    asked = (Question(label="Requestor contact number", reason="it has too few digits"), Question(label="Number of affected users"))
    ours = part(says("rfi", questions=asked, understood=known, question="Which ward is it?"), "plain")
    head = "On Tuesday, Desk <d@desk.example> wrote:\n" if mark else "From: Desk\nSent: Monday\nTo: Ann\nSubject: S\n\n"

    def answered(form: str) -> dict[str, object]:
        quoted = "".join(f"{mark}{line}\n" for line in form.splitlines())
        reading = read(raw(body=f"Thanks!\n\n{head}{quoted}"), envelope(), replace(RULES, mds=PROCEDURE))
        return {each.key: each.value for each in reading.extraction.values if each.key != "requestor_email"}

    assert {} == answered(ours)
    assert {"affected_users_count": 12} == answered(ours.replace("Number of affected users:", "Number of affected users: 12"))


@pytest.mark.rule("REM-1")
def test_one_question_is_not_two() -> None:
    """Singular where there is one point, an agent's free question counts as one."""
    one = part(says("rfi", questions=TWO[:1]), "plain")
    assert "Please reply with the 1 point below; we cannot continue without it." in one
    assert "The same question is below; a short reply" in part(says("reminder1", questions=TWO[1:]), "plain")
    free = part(says("rfi", questions=TWO, question="Which printer\nis it?"), "plain")
    assert "Please reply with the 3 points below" in free
    assert "    Which printer\n    is it?\n" in free


@pytest.mark.rule("ACK-2")
@pytest.mark.parametrize("template", TEMPLATES)
def test_the_text_is_laid_out_for_a_small_screen(template: str) -> None:
    """No line over 76 characters but a link's, no two blank lines in a row, none at its ends, and no heading over nothing."""
    for context in SAMPLES[template]:
        text = part(BUILT_IN.render(a_mail(template, context)), "plain")
        assert [] == [line for line in text.split("\n") if len(line) > 76 and "://" not in line]
        assert "\n\n\n" not in text
        assert text == text.strip("\n") + "\n"
        blocks = text.split("\n\n")
        assert [] == [block for block, below in zip(blocks, [*blocks[1:], "A"], strict=True) if block.isupper() and below.isupper()]


@pytest.mark.rule("RES-1", "REM-1")
@pytest.mark.parametrize("template", ["resolved", "resolved_no_response", "reply_not_reopened", "reminder3"])
def test_a_mail_with_a_deadline_says_whose_time_it_is(template: str) -> None:
    """Who reads it abroad, or whose phone shows another zone, is not late by an hour."""
    deadline = {"answer_by" if template == "reminder3" else "reopen_until": datetime(2026, 3, 15, 15, 0, tzinfo=UTC)}
    with_one, without = says(template, questions=TWO, **deadline), says("ack")
    for kind in ("plain", "html"):
        assert "Times are London time." in part(with_one, kind)
        assert "London" not in part(without, kind)


@pytest.mark.rule("ACK-1", "RFI-1", "MDS-7")
@pytest.mark.parametrize(
    ("template", "values", "next_step"),
    [
        ("ack", {}, "we look at your request, and write to you as soon as we have an answer or a question"),
        ("ack", {"unreadable": "empty"}, "A second mail, which follows this one, says what you can do"),
        ("rfi", {"questions": TWO}, "as soon as we have your answer, we go on"),
        ("rfi", {"questions": TWO}, "If we hear nothing, we remind you"),
        ("reminder1", {"questions": TWO}, "as soon as we have your answer, we go on"),
        ("reminder2", {"questions": TWO}, "as soon as we have your answer, we go on"),
        ("reminder3", {"questions": TWO}, "as soon as we have your answer, we go on"),
        ("unreadable", {"unreadable": "empty"}, "Somebody at the helpdesk looks at it meanwhile"),
        ("resolved", {}, "Fixed? Then you need do nothing"),
        ("resolved_no_response", {}, "No longer needed? Then you need do nothing"),
    ],
)
def test_each_mail_says_what_comes_next(template: str, values: dict[str, Any], next_step: str) -> None:
    """Also where there is no confirm link; and an RFI that nobody is reminded of promises no reminder."""
    rendered = says(template, **values)
    for text in (words_of(part(rendered, "plain")), words_of(part(rendered, "html"))):
        assert next_step in text
    assert "remind you" not in part(says("rfi", questions=TWO, reminders=0), "plain")


@pytest.mark.rule("ACK-6")
def test_an_acknowledgement_says_nothing_that_its_rfi_contradicts() -> None:
    """Alone it says that nothing need be done; before an RFI, or as one mail with it, it does not."""
    alone, before, both = (part(says("ack", **values), "plain") for values in ({}, {"rfi_follows": True}, {"questions": TWO}))
    assert "do nothing" in alone
    assert "do nothing" not in before + both
    assert "second mail" in before
    assert "reply with the 2 points below" in both
    assert "\nContact number:\n" in both


@pytest.mark.rule("RES-1", "RES-2")
def test_the_resolution_mail_offers_the_links_that_are_configured() -> None:
    """The page, the mail, or both; confirm only as a page; what was done as it was written."""
    mail_only = Link(mail_to="service@servicedesk.example", mail_subject="Re-open INC0012345 a&b c")
    both = replace(mail_only, https="https://desk.example/r/token")
    text = part(says("resolved", reopen=both, done="Line 1\nLine 2", confirm_url="https://desk.example/c/token", **WINDOW), "plain")
    assert "    Line 1\n    Line 2\n" in text
    assert "https://desk.example/r/token\n" in text
    assert "send a new mail to service@servicedesk.example with this subject:\nRe-open INC0012345 a&b c\n" in text
    assert "https://desk.example/c/token" in text
    html = part(says("resolved", reopen=mail_only, **WINDOW), "html")
    assert 'href="mailto:service@servicedesk.example?subject=Re-open%20INC0012345%20a%26b%20c"' in html
    assert "https://desk.example" not in html.replace(CONTACTS.escalation, "")


@pytest.mark.rule("PRV-1", "ACK-5")
@pytest.mark.parametrize("template", [name for name in TEMPLATES if name not in ("team", "command_result", "resolved")])
def test_mails_to_requesters_show_nothing_of_the_team_or_of_what_was_written(template: str) -> None:
    """Whatever stands in the team's part of the context stays there; automatic mails quote no text."""
    canary = "canary-words"
    team = TeamContext(name=canary, headline=canary, state=canary, requester=canary, subject=canary, new_text=canary, description=canary)
    rendered = says(
        template, team=team, commands=CommandContext(changed=True, commands=(CommandLine(command=canary, done=True, result=canary),))
    )
    assert canary.encode() not in rendered.raw
    assert canary not in part(rendered, "plain") + part(rendered, "html")


@pytest.mark.rule("AGT-2")
def test_a_team_gets_all_it_needs_to_act() -> None:
    """MDS with sources, what is missing, what is new, journal, attachments, and how to act."""
    rendered = BUILT_IN.render(a_mail("team", SAMPLES["team"][0]))
    for text in (" ".join(part(rendered, "plain").split()), words_of(part(rendered, "html"))):
        for words in (
            "Assigned to Messaging",
            "0113 496 0000",
            "form, line 3",
            "does not count: it is no number",
            "Issue description",
            "It is <still> stuck.",
            "ticket opened",
            "screen.png (image/png, 340 kB)",
            "internal note",
            "maild ticket assign INC0012345 TEAM",
        ):
            assert words in text


@pytest.mark.rule("AGT-3")
def test_the_answer_to_an_agent_lists_each_command_with_its_result() -> None:
    """Done or not done, and that one bad command changed nothing."""
    done, bad, helped = (BUILT_IN.render(a_mail("command_result", context)) for context in SAMPLES["command_result"])
    assert "* #assign Messaging - done: assigned to Messaging\n" in part(done, "plain")
    assert "kept as an internal note" in part(done, "plain")
    assert bad.subject == "[INC0012345] Nothing was changed by your mail"
    assert "* #assign <Nobody> - not done: there is no such team\n" in part(bad, "plain")
    assert "sent to the requester" in part(helped, "plain")
    assert "#take" in part(helped, "plain")


# ------------------------------------------------------------------------------------------- the administrator's templates


@pytest.mark.rule("ACK-4")
def test_an_administrators_template_replaces_the_built_in_one(tmp_path: Path) -> None:
    """Text, HTML and layout of the administrator's win; the others stay."""
    own = folder(
        tmp_path, ack_txt="Subject: Got it, {{ desk }}\n\nHello at {{ received_at | when }}\n", ack_html="<p>Hi &amp; {{ reference }}</p>"
    )
    rendered = Renderer(zone=LONDON, contacts=CONTACTS, template_dirs=(own,)).render(a_mail())
    assert rendered.subject == "[INC0012345] Got it, Demo Helpdesk"
    assert part(rendered, "plain") == "Hello at Tuesday 3 March, 14:02\n"
    assert part(rendered, "html") == "<p>Hi &amp; INC0012345</p>\n"
    assert "Nobody is working on it" in part(
        Renderer(zone=LONDON, contacts=CONTACTS, template_dirs=(own,)).render(a_mail("unprompted")), "plain"
    )


def test_a_text_template_without_html_makes_the_html_itself(tmp_path: Path) -> None:
    """An administrator who changes the text alone never sends two different mails in one."""
    own = folder(tmp_path, ack_txt="Subject: Got it\n\nHello <{{ reference }}>\n\nBye\n")
    rendered = Renderer(zone=LONDON, contacts=CONTACTS, template_dirs=(own,)).render(a_mail())
    assert words_of(part(rendered, "html")) == "Demo Helpdesk Hello <INC0012345> Bye"


@pytest.mark.rule("ACK-4")
@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("Subject: x\n\nHello\n{{ nobody }}\n", "ack.txt:4: UndefinedError: 'nobody' is undefined"),
        ("Subject: x\n\n{% if %}\n", "ack.txt:3: TemplateSyntaxError"),
        ("Subject: {{ nobody }}\n\nHello\n", "ack.txt:1: UndefinedError"),
        ("Subject: {{ oops\n\nHello\n", "ack.txt:1: TemplateSyntaxError"),
        ("Hello\n", "ack.txt:1: the first line must be 'Subject: …'"),
        ("Subject:\n\nHello\n", "ack.txt:1: the first line must be 'Subject: …'"),
        ("Subject: x\n\n{{ 1 / 0 }}\n", "ack.txt:3: ZeroDivisionError"),
        ("Subject: x\n\n{% include 'none.txt' %}\n", "ack.txt:3: TemplateNotFound"),
        ("Subject: x\n\n{{ ''.__class__.__mro__ }}\n", "ack.txt:3: SecurityError"),
        ("Subject: x\n\n\n{{ team.name }}\n", "ack.txt:4: UndefinedError"),
        ("Subject: x\n\n{% for i in range(10000000) %}x{% endfor %}\n", "ack.txt:3: OverflowError"),
        ("Subject: x\n\n{{ received_at | strftime }}\n", "ack.txt:3: TemplateAssertionError"),
        ("Subject: x\n\n{{ received_at | when | plural }}\n", "ack.txt:3: TypeError"),
    ],
)
def test_a_broken_template_never_stops_a_mail(source: str, why: str, tmp_path: Path) -> None:
    """The built-in text goes out, and the mail names file, line and what is wrong."""
    renderer = Renderer(zone=LONDON, contacts=CONTACTS, template_dirs=(folder(tmp_path, ack_txt=source),))
    for _ in range(2):
        rendered = renderer.render(a_mail())
        assert rendered.raw == BUILT_IN.render(a_mail()).raw
        assert str(tmp_path / "en" / why) in rendered.problem


@pytest.mark.rule("ACK-4")
def test_a_broken_layout_of_the_administrators_does_not_break_the_built_in_mail(tmp_path: Path) -> None:
    """The fallback uses nothing of the administrator's."""
    renderer = Renderer(zone=LONDON, contacts=CONTACTS, template_dirs=(folder(tmp_path, layout_html="{% block body %}{{ nobody }}"),))
    rendered = renderer.render(a_mail())
    assert rendered.raw == BUILT_IN.render(a_mail()).raw
    assert str(tmp_path / "en" / "layout.html") in rendered.problem


@pytest.mark.rule("ACK-4")
def test_a_file_that_is_no_utf8_is_named_at_the_start(tmp_path: Path) -> None:
    """The built-in one stands in for it, and the renderer lists the problem."""
    own = folder(tmp_path)
    (own / "en" / "ack.txt").write_bytes(b"Subject: Gr\xfc\xdfe\n\nx\n")
    (own / "en" / "dates.toml").write_text("days = 3", encoding="utf-8")
    renderer = Renderer(zone=LONDON, contacts=CONTACTS, template_dirs=(own,))
    assert renderer.render(a_mail()).raw == BUILT_IN.render(a_mail()).raw
    assert [problem.partition(": ")[0] for problem in renderer.problems] == [f"{own}/en/ack.txt:1", f"{own}/en/dates.toml:1"]


@pytest.mark.rule("ACK-4")
def test_a_language_falls_back_to_english_template_by_template(tmp_path: Path) -> None:
    """What a language has is taken, what it lacks is English, and so is a language that nobody has."""
    (tmp_path / "cy").mkdir()
    (tmp_path / "cy" / "ack.txt").write_text(
        "Subject: Rydym wedi derbyn eich cais – diolch\n\n{{ received_at | when }}\n", encoding="utf-8"
    )
    days, months = ["Llun", "Mawrth", "Mercher", "Iau", "Gwener", "Sadwrn", "Sul"], [f"mis {number}" for number in range(1, 13)]
    (tmp_path / "cy" / "dates.toml").write_text(f"days = {days}\nmonths = {months}\n", encoding="utf-8")
    renderer = Renderer(zone=LONDON, contacts=CONTACTS, template_dirs=(tmp_path,))
    welsh = renderer.render(a_mail(language="cy"))
    assert str(parsed(welsh)["Subject"]) == "[INC0012345] Rydym wedi derbyn eich cais – diolch"
    assert part(welsh, "plain") == "Mawrth 3 mis 3, 14:02\n"
    assert '<html lang="cy">' in part(welsh, "html")
    assert renderer.render(a_mail("closed", language="cy")).subject == "[INC0012345] Your request is closed"
    assert renderer.render(a_mail(language="xx")).raw == BUILT_IN.render(a_mail()).raw


def test_templates_are_those_of_the_start(tmp_path: Path) -> None:
    """A file that is being edited changes no mail until the configuration is read again."""
    own = folder(tmp_path, ack_txt="Subject: before\n\nx\n")
    renderer = Renderer(zone=LONDON, contacts=CONTACTS, template_dirs=(own,))
    folder(tmp_path, ack_txt="Subject: half wri")
    assert renderer.render(a_mail()).subject == "[INC0012345] before"


def test_a_mail_that_nobody_wrote_a_template_for_is_a_fault() -> None:
    """Only the built-in set failing stops a mail: that is a bug of ours, told as such."""
    with pytest.raises(TemplateFault, match="there is no such template"):
        BUILT_IN.render(a_mail("no_such"))


def test_files_that_are_no_templates_are_passed_over(tmp_path: Path) -> None:
    """Back-ups and notes beside the templates change nothing; without any dates file dates are English."""
    own = folder(tmp_path, ack_txt="Subject: own\n\n{{ received_at | when }}\n")
    (own / "en" / "ack.txt~").write_text("{% if %}", encoding="utf-8")
    read = read_folder(own / "en")
    alone = TemplateSet([read, Folder(path=own, sources={"from_text.html": "{{ text }}"})], language="en", zone=LONDON, contacts=CONTACTS)
    assert list(read.sources) == ["ack.txt"]
    assert alone.content("ack", template_values(a_mail().context)).text == "Tuesday 3 March, 14:02\n"


def test_a_template_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    """The built-in templates serve."""
    renderer = Renderer(zone=LONDON, contacts=CONTACTS, template_dirs=(tmp_path / "none",))
    assert renderer.render(a_mail()).raw == BUILT_IN.render(a_mail()).raw
