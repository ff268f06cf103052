"""Free text whose sentences say more than one thing, or the same as another field (MDS-2, MDS-3)."""

from __future__ import annotations

import pytest

from tests.policy.mds.readings import MEG, file, mail, read, values

ISSUES = {
    'Letters to the clinic come back at once with "552 5.2.2 Quota exceeded". Only me.': "Letters to the clinic come back at once",
    "My mails to Leeds are rejected saying 550 5.7.1 Unable to relay.": "My mails to Leeds are rejected",
    "The folder is empty, error says 'Archive not found here'.": "The folder is empty",
    "Word crashes and shows error 0x8004010F.": "Word crashes and shows error 0x8004010F",
    "I cannot print labels, see the picture below.": "I cannot print labels",
    "The calendar is blank (see screenshot).": "The calendar is blank",
    "Rooms are shown as busy and cannot be booked, as shown in the attached screenshot.": "Rooms are shown as busy and cannot be booked",
    "Our rota is missing. There are nine of us with this problem.": "Our rota is missing",
    "There are nine of us with this problem. Our rota is missing.": "Our rota is missing",
    "I lost my drafts. I have not deleted anything.": "I lost my drafts",
    "Five people in Payroll received a scam mail. Nobody has opened it.": "Five people in Payroll received a scam mail",
    "No one in the clinic has received external mail since nine.": "No one in the clinic has received external mail since nine",
    "Nobody can open the archive.": "Nobody can open the archive",
    "Nature of the fault: the scanner is offline": "the scanner is offline",
    "Printing is slow in clinic 4. It hits about ten of us. Bay 2 is the slowest.": "Printing is slow in clinic 4",
    "The portal is down. This is the second week in a row.": "The portal is down",
    "The portal is down. It has been three days. Nothing loads.": "The portal is down",
    "The portal is down. Nothing loads since the update.": "The portal is down. Nothing loads since the update",
    "My surname is shown as Wo?niak-T? in the list instead of Woźniak.": "My surname is shown as Wo?niak-T? in the list instead of Woźniak",
    "My name is spelt wrong in the address book.": "My name is spelt wrong in the address book",
    "We are six here, I don't have all their addresses. The till goes blank after lunch.": "The till goes blank after lunch",
    "I do not know the exact numbers yet. The rota throws everyone out at noon.": "The rota throws everyone out at noon",
    f"Three of us (tom@ward.example, ann@ward.example, me) cannot open the rota. {'-' * 3}": "Three of us cannot open the rota",
    "The diary is empty for us, i.e. tom@ward.example, ann@ward.example.": "The diary is empty for us",
    "Please call 0131 496 0441, the scanner jams on every page.": "the scanner jams on every page",
    "Kiosk in the hall does not start, photo attached.": "Kiosk in the hall does not start",
    "The portal is slow. We have a board meeting at two. It was fine in April.": "The portal is slow",
    "The portal is slow. It was fine in April.": "The portal is slow. It was fine in April",
    "I am writing to report that the lift phone is dead.": "the lift phone is dead",
    "I'd like to let you know that the lift phone is dead.": "the lift phone is dead",
    "As I said in my first mail, the lift phone is dead.": "the lift phone is dead",
    "Mobile 07700 900 123; two of us, me and tom@ward.example; the diary is empty.": "the diary is empty",
    "07700 900 123, 2, me + tom@ward.example, diary is empty": "diary is empty",
    "Further to my call this morning, the lift phone disconnects. I enclose a picture.": "the lift phone disconnects",
    "Please note that the lift phone is down again. Call me on 07700 900 777.": "the lift phone is down again",
    "I'm Meg from Ward 6. Our trolley wants a key from us.": "Our trolley wants a key from us",
    "The results page returns nothing since Friday.": "The results page returns nothing since Friday",
    "Tills are dead since nine. Four of us cannot take cash.": "Tills are dead since nine",
    "The tablet freezes. Have rebooted it, restarted as well.": "The tablet freezes",
    "The tablet freezes. Switched it off and on.": "The tablet freezes",
    "The tablet freezes. Please disregard the mail below.": "The tablet freezes",
    "Payslips come without their second page, two examples attached.": "Payslips come without their second page",
    "The kiosk shows this at every start.": "The kiosk shows this at every start",
    "New fault - the lift phone is dead.": "the lift phone is dead",
    "Access to clinic$ has been removed for the following staff:\ntom@ward.example\nPlease reinstate it.": (
        "Access to clinic$ has been removed for the following staff. Please reinstate it"
    ),
    "The rota is empty (pictures 1 and 2 attached).": "The rota is empty",
    "The labels come out too low. I have calibrated it twice.": "The labels come out too low. I have calibrated it twice",
    "Quick one - the lift phone is dead.": "the lift phone is dead",
    "Hi can you please unlock my account thanks 07700 900 100": "can you please unlock my account",
    'For Dr Ives (tom@ward.example), who cannot open the viewer: it says "Session has expired" when he logs in.': "cannot open the viewer",
    "1) Calls drop after ten minutes.\n2) The history is gone.": "Calls drop after ten minutes. The history is gone",
}


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("text", ISSUES)
def test_issue_is_the_fault_alone(text: str) -> None:
    """The issue ends where error text, pictures and counts begin; what nobody did is none, what nobody can do is."""
    assert ISSUES[text] == values(text).get("issue_description")


COUNTS = {
    "Five people in Payroll received the attached mail.": 5,
    "Myself and two colleagues cannot log in.": 3,
    "Two colleagues and I cannot log in.": 3,
    "Three others and me have lost the rota.": 4,
    "One of our 30 users cannot log in.": 1,
    "The whole team of 9 has lost access.": 9,
    "I'm the sole user affected.": 1,
    "It affects between 5 and 10 people.": None,
    "It affects five or six users.": None,
    "Tel 0113 496 0770 users cannot log in.": None,
    "We are a team of nurses.": None,
}


@pytest.mark.rule("MDS-3")
@pytest.mark.parametrize("text", COUNTS)
def test_people_are_counted_with_the_writer_and_never_guessed(text: str) -> None:
    """Who writes counts beside colleagues; of ranges, and of the digits of a number to call, none is taken."""
    assert COUNTS[text] == values(text).get("affected_users_count")


@pytest.mark.rule("MDS-2")
def test_writer_is_named_beside_others() -> None:
    """The words "me and Tom (address)" name both addresses."""
    found = values("Outlook crashes. It affects me and Tom Ives (tom.ives@ward.example).")
    assert [MEG.address, "tom.ives@ward.example"] == found["affected_users_emails"]


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize(
    "text", ["I am locked out. Thanks, 07700 900 777", "07700 900 777, and the folder has vanished", "Thank you 07700 900 777"]
)
def test_number_beside_thanks_or_first_is_taken(text: str) -> None:
    """A number to call stands also behind thanks, and before everything else."""
    assert "07700 900 777" == values(text).get("contact_number")


@pytest.mark.rule("MDS-2")
def test_number_of_the_sender_by_name() -> None:
    """Who asks to be called by name gives the sender's own number; under another name it is somebody else's."""
    assert "0113 496 0555" == values("The lift is dead. Contact Meg on 0113 496 0555.").get("contact_number")
    assert None is values("The lift is dead. Contact Kit on 0113 496 0555.").get("contact_number")


@pytest.mark.rule("MDS-2")
def test_count_under_the_label_of_addresses() -> None:
    """Who answers "who" with how many tells the count, and still has to name the addresses."""
    found = read(mail("Tel: 0113 496 0555\nWho: all 15 receptionists across both sites"))
    told = found.get("affected_users_count")
    assert (15, True) == (told and told.value, bool(found.reason("affected_users_emails")))


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("text", ["as before", "same as before", "see my first email", "as per original message", "as previously stated"])
def test_answer_that_points_elsewhere_is_none(text: str) -> None:
    """What only points to an earlier mail is no issue."""
    assert {} == values(f"Issue Description: {text}")


@pytest.mark.rule("MDS-2")
def test_sentence_that_hands_over_a_file_is_evidence() -> None:
    """The words "here is the bounce as .eml" are the evidence's text beside its file."""
    message = mail("Here is the rejected message as .eml. Only me.", attachments=(file("bounce.eml"),), reply=True)
    assert {"text": "Here is the rejected message as .eml", "attachments": ["bounce.eml"]} == values(message)["evidence"]


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize(
    "text",
    [
        "Kiosk in the hall does not start, photo attached.",
        "The attached letter keeps coming back.",
        "Reception cannot print, see the attached picture.",
        "Labels are blank. I have put the picture on this mail.",
        "The rota is empty (screenshot attached).",
        "The rota is empty (pictures 1 and 2 attached).",
    ],
)
def test_fault_that_mentions_its_file_is_no_evidence_text(text: str) -> None:
    """A sentence that tells the fault is the issue, also where it mentions the file; the evidence is the file alone."""
    assert {"text": None, "attachments": ["photo.jpg"]} == values(mail(text, attachments=(file("photo.jpg"),)))["evidence"]


OWN = {
    "The photo is wrong. Only my entry is affected.": True,
    "It is just on my account. The archive is gone.": True,
    "Just my account is affected. The archive is gone.": True,
    "I cannot log in. Only I have this.": True,
    "It is only my calendar that is affected, the entries are gone.": True,
    "Only my colleague is affected. Her mailbox is full.": False,
    "Only our office is affected. The fax is broken.": False,
}


@pytest.mark.rule("MDS-3")
@pytest.mark.parametrize("text", OWN)
def test_what_is_the_writer_s_own_affects_the_writer(text: str) -> None:
    """Where only the writer's own entry is affected one person is; another's, or a whole office, is not the writer."""
    assert ([MEG.address] if OWN[text] else None) == values(text).get("affected_users_emails")


PASSED_ON = (
    "From: Bronagh Lavery <b.lavery@ward.example>\nSent: 6 May 2026 10:55\nTo: Meg Pryce <meg.pryce@ward.example>\nSubject: list\n\n",
    (
        "---------- Forwarded message ---------\nFrom: Bronagh Lavery <b.lavery@ward.example>\nDate: Wed, 6 May 2026 at 10:55\n"
        "Subject: list\nTo: Meg Pryce <meg.pryce@ward.example>\n\n"
    ),
    (
        "Begin forwarded message:\n\nFrom: Bronagh Lavery <b.lavery@ward.example>\nSubject: list\nDate: 6 May 2026 at 10:55:00 BST\n"
        "To: Meg Pryce <meg.pryce@ward.example>\n\n"
    ),
    "-------- Forwarded Message --------\nSubject: list\nDate: Wed, 6 May 2026\nFrom: Bronagh Lavery <b.lavery@ward.example>\n\n",
)
LETTER = (
    "Hi Meg\n\nThursday's list does not load, it just spins. Ring me on ext 5521.\n\nBronagh Lavery\nCoordinator\nMobile 07700 900 870\n"
)


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("opening", PASSED_ON)
@pytest.mark.parametrize("above", ["Please see below, several of us have this now.", "FYI", "Can you look at this one for Bronagh?"])
def test_issue_of_a_mail_passed_on(above: str, opening: str) -> None:
    """Who only passes a mail on reports the fault that it tells; its numbers are not the sender's."""
    found = values(mail(f"{above}\n\n{opening}{LETTER}", subject="FW: list"))
    assert {"issue_description": "Thursday's list does not load, it just spins"} == found


@pytest.mark.rule("MDS-2")
def test_sender_s_own_words_go_before_a_mail_passed_on() -> None:
    """What the sender says is wrong stands before what is passed on, and our own mails tell no fault."""
    told = values(mail(f"I think this is a scam.\n\n{PASSED_ON[0]}{LETTER}", subject="FW: list"))
    assert {"issue_description": "I think this is a scam"} == told
    ours = PASSED_ON[0].replace("b.lavery@ward.example", "helpdesk@desk.example")
    assert {} == values(mail(f"See below.\n\n{ours}{LETTER}", subject="FW: list"))


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Users: 3\nAffected: all of us, i.e. tom@ward.example, ann@ward.example",
            ["meg.pryce@ward.example", "tom@ward.example", "ann@ward.example"],
        ),
        ("Users: 2\nAffected: all of us, i.e. tom@ward.example, ann@ward.example", ["tom@ward.example", "ann@ward.example"]),
        ("The rota is blank for all of us, i.e. tom@ward.example, meg.pryce@ward.example.", ["tom@ward.example", "meg.pryce@ward.example"]),
        ("The rota is blank. This is for meg.pryce@ward.example and tom@ward.example.", ["meg.pryce@ward.example", "tom@ward.example"]),
        ("I am meg.pryce@ward.example. The affected user is tom@ward.example.", ["tom@ward.example"]),
    ],
)
def test_writer_is_named_where_counted_in(text: str, expected: list[str]) -> None:
    """The writer is affected where named among the others, or where "all of us" are one more than are named."""
    assert expected == values(text)["affected_users_emails"]


@pytest.mark.rule("MDS-2")
def test_our_own_sentences_are_never_an_answer() -> None:
    """Where nothing tells that our mail is quoted, what stands below its empty form is no answer."""
    text = "Tel: 07700 900 123\n\nIssue Description:\nIf we do not hear from you within 24 hours a reminder will be sent."
    assert {"contact_number": "07700 900 123"} == values(text)
