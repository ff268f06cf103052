"""Which lines quote earlier mail, and the answers typed inside the quoted form (MDS-2)."""

from __future__ import annotations

import pytest

from maild.mail.replies import Kind, Reply, split

MEG = "Meg Pryce <meg.pryce@ward.example>"
FORM = """> Dear Meg Pryce,
>
> Requestor contact number:{}
> Number of affected users:{}
> Please provide any error messages, screenshots or emails (saved as .eml or
> .msg):
>
> If we do not hear from you within 24 hours a reminder will be sent.
>
> Kind regards
"""


def kinds(reply: Reply) -> dict[Kind, str]:
    """Return the text of the folded part of each kind."""
    return {part.kind: part.text for part in reply.folded}


ATTRIBUTIONS = [
    "On Mon, 23 Mar 2026 at 09:43, NHS Demo Service Desk\n<service@servicedesk.example> wrote:",
    "On 23/03/2026 12:09, NHS Demo Service Desk wrote:",
    "Am 23.03.26 um 12:09 schrieb NHS Demo Service Desk:",
    "Le 23/03/2026 à 12:09, NHS Demo Service Desk a écrit :",
    "El 23/3/26 a las 12:09, NHS Demo Service Desk escribió:",
    "Il 23/03/2026 12:09, NHS Demo Service Desk ha scritto:",
    "Op 23-03-2026 om 12:09 schreef NHS Demo Service Desk:",
    "W dniu 23.03.2026 o 12:09, NHS Demo Service Desk pisze:",
    "Den 2026-03-23 kl. 12:09, skrev NHS Demo Service Desk:",
    "Ar 23/03/2026 12:09, ysgrifennodd NHS Demo Service Desk:",
    "NHS Demo Service Desk <service@servicedesk.example> wrote:",
    "NHS Demo Service Desk <service@servicedesk.example> schrieb am Mo., 23. März 2026, 12:09:",
    "2026-03-23 12:09 GMT+00:00 NHS Demo Service Desk <service@servicedesk.example>:",
]


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
@pytest.mark.parametrize("mark", ["> ", ""])
def test_attributions(attribution: str, mark: str) -> None:
    """An attribution line in any of the languages, wrapped or not, ends the new text of a top-posted mail."""
    quoted = "\n".join(mark + line for line in ("Dear Meg,", "we need more information."))
    assert split(f"It is fixed.\n\n{attribution}\n\n{quoted}\n").new_text == "It is fixed."


HEADERS = [
    ("From", "Sent", "To", "Subject"),
    ("Von", "Gesendet", "An", "Betreff"),
    ("De", "Envoyé", "À", "Objet"),
    ("De", "Enviado el", "Para", "Asunto"),
    ("Da", "Inviato", "A", "Oggetto"),
    ("Van", "Verzonden", "Aan", "Onderwerp"),
    ("Od", "Wysłano", "Do", "Temat"),
    ("Från", "Skickat", "Till", "Ämne"),
    ("Fra", "Sendt", "Til", "Emne"),
    ("Oddi wrth", "Anfonwyd", "At", "Pwnc"),
    ("*From*", "*Sent*", "*To*", "*Subject*"),
]


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("labels", HEADERS, ids=lambda labels: labels[0])
def test_header_blocks(labels: tuple[str, ...]) -> None:
    """A header block in any of the languages opens a quote that carries no marks."""
    values = ("NHS Demo Service Desk <service@servicedesk.example>", "20 March 2026 05:51", MEG, "INC0080080")
    block = "\n".join(f"{label}: {value}" for label, value in zip(labels, values, strict=True))
    assert split(f"It is fixed.\n\n________________________________\n{block}\n\nDear Meg,\nwrite to us.\n").new_text == "It is fixed."


@pytest.mark.parametrize(
    "marker",
    [
        "-----Original Message-----",
        "-------- Original message --------",
        "-----Ursprüngliche Nachricht-----",
        "---------- Forwarded message ---------",
        "Begin forwarded message:",
        '-----"NHS Demo Service Desk" <service@servicedesk.example> wrote: -----',
    ],
)
def test_markers(marker: str) -> None:
    """What stands below the mark of an original or forwarded message is quoted."""
    assert split(f"It is fixed.\n\n{marker}\nFrom: A <a@b.example>\nTo: C\nSubject: D\n\nOld text\n").new_text == "It is fixed."


def test_notes_heading() -> None:
    """Notes' heading of a name, a date and To opens a quote."""
    text = "It is fixed.\n\nService Desk/NHS <service@servicedesk.example>\n12/03/2026 10:01\n\nTo\nMeg Pryce\nSubject\nRe\n\nOld text"
    assert split(text).new_text == "It is fixed."


def test_a_sentence_with_wrote_is_no_attribution() -> None:
    """A sentence that begins with On and tells that somebody wrote is kept."""
    text = "On Monday I wrote to you:\nthe lift is stuck."
    assert split(text).new_text == text


def test_bottom_posted() -> None:
    """Below a quote with marks, what carries none is the author's."""
    assert split("On 23/03/2026 12:09, Desk wrote:\n> How many?\n\nFour of us.\n").new_text == "Four of us."


def test_interleaved() -> None:
    """Between quoted lines, what carries no mark is the author's."""
    assert split("On 23/03/2026 12:09, Desk wrote:\n> How many?\nFour.\n> Since when?\nMonday.\n").new_text == "Four.\nMonday."


def test_html_marks_settle_a_doubt() -> None:
    """Where the text shows no sign of a quote, the client's own mark in the HTML tells where it begins."""
    html = '<div>It is fixed.</div><div id="appendonsend"></div><div id="divRplyFwdMsg">Lähettäjä X</div><div>Old text</div>'
    assert split("It is fixed.\n\nLähettäjä X\nOld text", html).new_text == "It is fixed."
    assert split("It is fixed.\n\nOther text", html).new_text == "It is fixed.\n\nOther text"


def test_html_marks_a_signature() -> None:
    """What Gmail marks as signature in the HTML is one, whatever it looks like."""
    html = '<div>It is fixed.<br><div class="gmail_signature">we care: for you<br>since 1948.</div></div>'
    reply = split("It is fixed.\n\nwe care: for you\nsince 1948.", html)
    assert (reply.new_text, kinds(reply)[Kind.SIGNATURE]) == ("It is fixed.", "we care: for you\nsince 1948.")


@pytest.mark.rule("MDS-2")
def test_answers_inside_the_quoted_form() -> None:
    """Answers typed behind the labels of the quoted form are new text; the labels without answer are not."""
    reply = split("On 23/03/2026 12:09, Desk wrote:\n" + FORM.format(" 0113 496 0001", ""))
    assert reply.new_text == "Requestor contact number: 0113 496 0001"
    assert reply.asked == (
        "Requestor contact number",
        "Number of affected users",
        "Please provide any error messages, screenshots or emails (saved as .eml or .msg)",
    )


def test_answers_on_the_line_below() -> None:
    """An answer on the line below its label belongs to it, quoted or not."""
    reply = split("On 23/03/2026 12:09, Desk wrote:\n" + FORM.format("\n0113 496 0001", "\n> 4"))
    assert [(answer.label, answer.value) for answer in reply.answers] == [
        ("Requestor contact number", "0113 496 0001"),
        ("Number of affected users", "4"),
    ]


def test_answer_behind_a_wrapped_label() -> None:
    """A label that was wrapped over two lines is still found, with its answer."""
    label = "> Please provide any error messages, screenshots or emails (saved as .eml or\n> .msg):"
    text = f"{label} system error 53\n> which came twice\n>\n> Bye"
    assert split(text).answers[0].value == "system error 53 which came twice"


def test_label_wrapped_out_of_the_quote() -> None:
    """The end of a label that a client wrapped onto a line without mark is no text of the author's."""
    text = "> Please provide any error messages, screenshots or emails (saved as .eml\nor .msg):\n>\n> Bye"
    assert split(text).new_text == ""


def test_answers_between_loose_paragraphs() -> None:
    """Where blank lines part the form's labels, a paragraph between two labels answers the first."""
    header = "From: Desk <d@e.example>\nSent: Monday\nTo: Meg\nSubject: S\n\n"
    text = header + "Requestor contact number:\n\n0113 496 0001\n\nNumber of affected users:\n\n4\n\nIf we do not hear from you"
    assert [answer.value for answer in split(text).answers] == ["0113 496 0001", "4"]


OUR_FORM = """Write your answers behind or below these words, or tell us in your own.

Requestor contact number:{}

Number of affected users:{}

{}
NHS Demo Desk - call us on 0113 496 0000

To complain: complaints@desk.example
"""


@pytest.mark.parametrize("rule", ["-- ", "________________________________", ""])
@pytest.mark.parametrize("mark", ["> ", ""])
def test_our_own_form(rule: str, mark: str) -> None:
    """In the form of our own mails, whose labels stand apart, only what was typed is an answer; never our address block."""
    opening = "On 10/03/2026 08:02, Desk wrote:" if mark else "From: Desk <d@e.example>\nSent: Monday\nTo: Meg\nSubject: S\n"

    def answers(*typed: str) -> list[str]:
        form = "\n".join((mark + line).rstrip() for line in OUR_FORM.format(*typed, rule).split("\n"))
        return [answer.value for answer in split(f"{opening}\n{form}").answers]

    assert answers("", "") == []
    assert answers(" 0113 496 0001", "") == ["0113 496 0001"]
    assert answers("\n0113 496 0001", "\n4") == ["0113 496 0001", "4"]
    assert answers("\n\n0113 496 0001", "") == ["0113 496 0001"]


def test_template_is_no_answer() -> None:
    """The template's own sentences below the last label are never its answer."""
    header = "From: Desk <d@e.example>\nSent: Monday\nTo: Meg\nSubject: S\n\n"
    assert split(header + "Number of affected users:\nIf we do not hear from you within 24 hours\n").answers == ()
    assert split(header + "Number of affected users: ______\n(so that we know)\n").answers == ()


def test_older_mail_in_the_quote_gives_nothing() -> None:
    """A form filled in an older mail of the thread is not what the person wrote now."""
    first = "From: Desk <d@e.example>\nSent: Monday\nTo: Meg\nSubject: S\n\nNumber of affected users:\n\n"
    older = "From: Meg <m@e.example>\nSent: Sunday\nTo: Desk\nSubject: S\n\nNumber of affected users: 9\n"
    assert split("No idea.\n\n" + first + older).answers == ()


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize(
    "opening",
    [
        "Kimden: NHS Demo Service Desk <service@servicedesk.example>\nGönderildi: 20 Mart 2026 05:51\nKime: Meg Pryce\nKonu: INC0012345",
        "Feladó: Service Desk [mailto:service@servicedesk.example]\nElküldve: 2026. március 20. 05:51\nCímzett: Meg Pryce",
    ],
)
def test_header_block_of_an_unknown_language(opening: str) -> None:
    """Labelled lines with an address in the first and a date with a time in the second open a quote in every language."""
    reply = split(f"My number is 0113 496 0123.\n\n{opening}\n\nNumber of affected users:\n\nKind regards\nService Desk", author=MEG)
    assert "My number is 0113 496 0123." == reply.new_text


@pytest.mark.rule("MDS-2")
def test_labelled_lines_of_a_person_are_no_header_block() -> None:
    """A form of the author's own with an address and a date in it stays new text."""
    text = "Reported by: Meg Pryce <meg.pryce@ward.example>\nStarted: 20 March 2026 05:51\nIssue: no sound"
    assert text == split(text, author=MEG).new_text


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize(
    "line",
    [
        "Pe lun., 23 mar. 2026 la 12:09, NHS Demo Service Desk <service@servicedesk.example> a scris:",
        "Στις Δευ 23 Μαρ 2026 στις 12:09 μ.μ., ο χρήστης NHS Demo Service Desk\n<service@servicedesk.example> έγραψε:",
    ],
)
def test_attribution_of_an_unknown_language(line: str) -> None:
    """A line with address, date and colon right above quoted lines belongs to the quote."""
    assert "0113 496 0123" == split(f"0113 496 0123\n\n{line}\n\n> Dear Meg Pryce,\n>> older", author=MEG).new_text


@pytest.mark.rule("MDS-2")
def test_deep_quotes_stay_quotes() -> None:
    """Lines with three marks and a blank are quoted; only a whole GroupWise heading opens a part without marks."""
    quoted = "> Dear Meg\n>> Issue Description: no sound\n>>> Number of affected users: 9\n>>> Regards"
    chain = f"0113 496 0123\n\nOn 26/03/2026 06:46, Desk wrote:\n{quoted}"
    assert "0113 496 0123" == split(chain, author=MEG).new_text
    groupwise = '0113 496 0123\n\n>>> "Desk" <service@servicedesk.example> 23/03/2026 12:09 >>>\nDear Meg,\nplease answer.'
    assert "0113 496 0123" == split(groupwise, author=MEG).new_text


@pytest.mark.rule("MDS-2")
def test_form_quoted_with_bars_gives_nothing() -> None:
    """An empty form behind ``|`` is no answer."""
    quoted = "\n".join(f"| {line}" for line in ("Number of affected users:", "Issue Description:", "", "Kind regards", "Desk"))
    reply = split(f"0113 496 0123\n\nOn 26/03/2026 06:46, Desk wrote:\n\n{quoted}", author=MEG)
    assert ((), "0113 496 0123") == (reply.answers, reply.new_text)
