"""The same thing told in many ways: each rule of reading is tried in a whole family of wordings and layouts (MDS-2, MDS-3)."""

from __future__ import annotations

import pytest

from tests.policy.mds.readings import LABELS, MEG, answering, file, mail, read, values

TOM, ANN = "tom@ward.example", "ann@ward.example"
NUMBER, COUNT, WHO, ISSUE = "contact_number", "affected_users_count", "affected_users_emails", "issue_description"
SHOT = file("shot.png", content_type="image/png")

LEADS = """I get this message: | this is what I see: | See the error below: | it says: | and this comes up: | the following error appears: |
I see this: | The message reads: | this is what comes back: | what we get back is this: | they get this back: | this keeps popping up: |
this is what Outlook tells us: | Below is what the sender gets:"""
ELSEWHERE = """see previous email | same as before | as discussed | already told you | see ticket | as per my email | see my last reply |
please refer to my original email | in my first mail | already provided | given before | you already have this | you have it |
see the original request | see INC0100070 | as per ticket INC0100070 | as stated | mentioned above | told you on the phone | per previous |
no change | unchanged | same as last time | on the ticket | given over the phone | sent yesterday | see thread | see chain below |
as I said"""
FAULTS = """email not sent | mail sent twice | mails come back | phone call ended | messages sent before today are gone | The call drops |
emails from me arrive a day late | my message was sent to the wrong team"""
ALONE = """Nobody else is affected | Only my calendar | Everyone else is fine | Everybody else is ok | The others are fine | Only mine |
The rest of the team are fine | Others can open it | Nobody else here has it | Nobody else has reported it | No other users affected |
It works for everyone else | Everyone else can see it | No-one else in the office has the issue | It only affects my calendar |
1 user (myself)"""
COUNTED = """, all 6 of us on shift | , all six of us |  - all 6 of us on the ward |  (all 6 of us) | , six of us in total |
, for all 6 of us |
 for 6 of us | , the 6 of us on nights | , there are 6 of us |  (6 people) | , that is 6 of us | , affects 6 of us | , 6 staff affected"""
ATTACHED = """, example attached | , screenshot attached |  (screenshot attached) | , see attached | , I attach an example |
, an example is attached |
, I have attached a screenshot | , attached is a screenshot |  as attached | , as you can see in the attached picture |
, an example of which I attach |
 + screenshot | , photo enclosed"""
BEHALF = """I am writing for our night nurse {}. | I am emailing on behalf of my colleague {}. | This is on behalf of {}. |
On behalf of Tom Ives ({}): | I'm reporting this for Tom Ives, {}. | Logging this for {}. | Raising this on behalf of our registrar {}. |
I write for our consultant Dr Ives ({}). | Reporting for a colleague, {}. | I'm the manager of {}."""
REFERENCES = """Our supplier's case is 00912345 | Our change CHG0012345 | Local ref: HD-22118 | Supplier case number 4471822 |
Our PO number is 778812 |
Vendor ref SR-1102233 | Our own helpdesk has this as 55821 | Microsoft case 2603230040001234 | Purchase order 4500112233 |
We also have a ticket with Cerner, CRN-88231"""
ISSUE_LABELS = """Request | Details of request | What do you need | Query | Fault | Symptoms | Nature of request | Reason for request |
Issue/request |
Short description | Work required | How can we help | Description of fault | What's happening | Enquiry"""
OVER = """I think this is not for me, please ask Tom. | This is not my ticket. | Wrong person, I did not report this. |
It is sorted now, thanks. |
The problem has gone away by itself. | No longer an issue. | I did not raise this ticket. | The printer is no longer broken. |
Outlook is working again, it was not broken after all. | This issue was resolved yesterday. | Please close the call, it is working again."""
NOT_OVER = """Calls to ward 6 go to the wrong person | My mails are sent to the wrong address | The mailbox is still not working |
The printer was fixed on Monday but has stopped again | I can no longer open the rota | I did not get the code when I log in"""
POINTS = "As per subject | See subject line. Thanks, Meg | Thanks | Sent from my iPhone | Kind regards\n\nMeg Pryce"


def family(text: str) -> list[str]:
    """Return the wordings of a table."""
    return [part.strip("\n").rstrip() for part in text.split(" |")]


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("lead", [part.strip() for part in family(LEADS)])
def test_what_presents_an_error_is_no_part_of_the_issue(lead: str) -> None:
    """The text below it is the evidence; where the author's own talk stands there, there is none."""
    said = f"The archive does not open any more, {lead}\n\n"
    found = values(f"{said}The path is too long for this store\n\nJust me. My number is 0113 496 0174.")
    assert ("The archive does not open any more", {"text": "The path is too long for this store", "attachments": []}) == (
        found[ISSUE],
        found["evidence"],
    )
    alone = {ISSUE: "The archive does not open any more", COUNT: 1, WHO: [MEG.address], NUMBER: "0113 496 0174"}
    assert alone == values(f"{said}Just me. My number is 0113 496 0174.")


@pytest.mark.rule("MDS-3")
@pytest.mark.parametrize("words", [part.strip() for part in family(ELSEWHERE)])
def test_answer_that_points_elsewhere_is_no_value(words: str) -> None:
    """Whatever was asked, and however it is put, what stands elsewhere gives nothing."""
    keys = (NUMBER, COUNT, ISSUE, "evidence", "other_information")
    assert {} == values(answering("\n".join(f"{LABELS[key]}: {words}" for key in keys), *keys))


@pytest.mark.rule("MDS-3")
@pytest.mark.parametrize("words", [part.strip() for part in family(FAULTS)])
def test_fault_of_words_that_also_point_is_a_fault(words: str) -> None:
    """A mail that was sent twice is told, not pointed at."""
    assert {ISSUE: words} == values(answering(f"{LABELS[ISSUE]}: {words}", ISSUE))


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("words", [part.strip() for part in family(ALONE)])
def test_all_others_are_well(words: str) -> None:
    """Then the writer alone is affected, told in a sentence of its own or behind the fault."""
    expected = {ISSUE: "My calendar shows the wrong week", COUNT: 1, WHO: [MEG.address]}
    assert expected == values(f"My calendar shows the wrong week. {words}.")
    assert expected == values(f"My calendar shows the wrong week, {words[0].lower()}{words[1:]}.")


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("words", [part.removeprefix("\n") for part in COUNTED.split(" |")])
def test_count_behind_the_fault_is_cut_off(words: str) -> None:
    """How many are affected is no part of the issue."""
    found = values(f"cant log on to nhs mail on the ward computers{words}. ring the ward 0141 496 0622")
    assert {ISSUE: "cant log on to nhs mail on the ward computers", COUNT: 6, NUMBER: "0141 496 0622"} == found


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("words", [part.removeprefix("\n") for part in ATTACHED.split(" |")])
def test_file_behind_the_fault_is_the_evidence(words: str) -> None:
    """What only says that a file is attached is neither issue nor error text."""
    found = values(mail(f"Letters from the clinic arrive blank{words}. Call me on 01632 960 477", attachments=(SHOT,)))
    evidence = {"text": None, "attachments": ["shot.png"]}
    assert {ISSUE: "Letters from the clinic arrive blank", NUMBER: "01632 960 477", "evidence": evidence} == found


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("words", [part.strip() for part in family(BEHALF)])
def test_on_behalf_of_a_colleague(words: str) -> None:
    """The colleague is affected, the number to call is the writer's, and the fault is what follows."""
    found = read(f"Hello\n\n{words.format(TOM)} She can not reset her password.\n\nPlease ring me on 01632 960 733.")
    expected = {"requestor_email": MEG.address, NUMBER: "01632 960 733", COUNT: 1, WHO: [TOM], ISSUE: "She can not reset her password"}
    assert expected == {value.key: value.plain() for value in found.values}


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("words", [part.strip() for part in family(REFERENCES)])
def test_number_of_another_desk_is_other_information(words: str) -> None:
    """A supplier's case or an order is neither issue nor number to call."""
    found = values(f"Letters from the clinic arrive blank. {words}. Call me on 01632 960 477.")
    expected = {ISSUE: "Letters from the clinic arrive blank", NUMBER: "01632 960 477", "other_information": f"{words}."}
    assert expected == found


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("label", [part.strip() for part in family(ISSUE_LABELS)])
def test_labels_of_other_forms(label: str) -> None:
    """Forms for requests, joiners and leavers call the issue by many names."""
    found = values(f"Tel: 01632 960 477\nUsers: 2\n{label}: Letters from the clinic arrive blank")
    assert {ISSUE: "Letters from the clinic arrive blank", NUMBER: "01632 960 477", COUNT: 2} == found


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("words", [part.strip() for part in family(OVER)])
def test_fault_that_is_over_is_no_issue(words: str) -> None:
    """Nor is one that was never the writer's."""
    assert {} == values(answering(words, NUMBER, COUNT, ISSUE))


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("words", [part.strip() for part in family(NOT_OVER)])
def test_fault_that_only_sounds_over_is_one(words: str) -> None:
    """What stopped again, or never worked, is a fault."""
    assert {ISSUE: words} == values(answering(f"{words}.", ISSUE))


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("separator", [" ", "  ", "   ", "\t", " | ", ": ", "\n", "\n\n"])
@pytest.mark.parametrize("labels", ["Phone Users Issue Error Other", "Tel Affected Problem Screenshot Comments"])
def test_table_as_clients_flatten_it(labels: str, separator: str) -> None:
    """Labels of one word, their cells run together, parted by blanks, TABs or pipes, or each on a line of its own."""
    cells = ("0113 496 0683", "4", "Weekly list goes to junk", "Rule 17 could not be run", "Only since last week")
    text = "\n".join(f"{label}{separator}{cell}" for label, cell in zip(labels.split(), cells, strict=True))
    evidence = {"text": cells[3], "attachments": []}
    expected = {NUMBER: cells[0], COUNT: 4, ISSUE: cells[2], "evidence": evidence, "other_information": cells[4]}
    assert expected == values(f"Please see below\n\n{text}")


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("body", ["", "\n\n", *POINTS.split(" | ")])
def test_subject_is_the_text_where_nothing_stands_below(body: str) -> None:
    """An empty body, a signature or "as per subject" leave the subject to tell all; a mail with words of its own does not."""
    expected = {ISSUE: "The ward printer does not print", COUNT: 5, NUMBER: "01632 960 477"}
    told = "URGENT: The ward printer does not print for 5 of us - call 01632 960 477"
    assert expected == values(mail(body, subject=told))
    assert {} == values(mail("Any update?", subject=told))
    assert {} == values(mail("", subject=f"RE: {told}"))


@pytest.mark.rule("MDS-2")
def test_numbers_and_addresses_broken_by_wrapping() -> None:
    """What a program broke over two lines is one number, and one address."""
    assert "01632 960 477" == values("The rota is empty. Please ring me on 01632\n960 477.")[NUMBER]
    assert "01632 960 477" == values(answering(f"{LABELS[NUMBER]}: 01632\n960 477\n{LABELS[COUNT]}: 2", NUMBER, COUNT))[NUMBER]
    assert ["tom.long@ward.example", ANN] == values(f"{LABELS[COUNT]}: 2\n{LABELS[WHO]}: tom.long@\nward.example, {ANN}")[WHO]
    assert [TOM, ANN] == values(f"{LABELS[COUNT]}: 2\n{LABELS[WHO]}: tom\n@ward.example, ann@ward\n.example")[WHO]
    assert ["0113 496 0225", 3] == [values(answering("0113 496 0225\n3", NUMBER, COUNT))[key] for key in (NUMBER, COUNT)]


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("joint", [": {}", ", {}", " ({})", " - {}", ", namely {}", " – {}", " <{}>"])
def test_address_behind_a_date_is_whose_account_it_is(joint: str) -> None:
    """The day from which somebody leaves says nothing of who sent what."""
    found = values(f"Please disable the account of a leaver from Friday 13 March{joint.format(TOM)}. One user. My number is 01632 960 477.")
    expected = {ISSUE: "Please disable the account of a leaver from Friday 13 March", WHO: [TOM], COUNT: 1, NUMBER: "01632 960 477"}
    assert expected == found
