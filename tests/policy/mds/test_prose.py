"""Values in free text: what is safe to take, and what is not (MDS-2)."""

from __future__ import annotations

import pytest

from maild.policy.mds.fields import Source
from tests.policy.mds.readings import MEG, answering, mail, read, values

NUMBERS = {
    "Its 01632 960 477.": "01632 960 477",
    "Please phone our desk on 0113 496 0000 and quote REQ0045678.": "0113 496 0000",
    "My extension is 6118 (028 9649 6118 from outside).": "028 9649 6118",
    "You can reach me on extension 4456 or 07700 900 002.": "07700 900 002",
    "My bleep is 2231.": "bleep is 2231",
    "Call me on 07700 900 001, not on 0113 496 0001.": "07700 900 001",
    "My desk phone is 0113 496 0003 and my mobile is 07700 900001.": "0113 496 0003",
    "The number 0113 496 0001 does not work.": None,
    "Switchboard 0113 496 0001": None,
    "Speak to Jan on 07700 900 010.": None,
    "He is on 0113 496 0002.": None,
    "The supplier's helpline is 0800 123 4567.": None,
    "Reference 0012345678, server 10.20.30.40, on 09/03/2026 at 10:15.": None,
    "NHS number 943 476 5919.": None,
    "I rang yesterday and was given call log 01632960441.": None,
    "It was logged under ticket no. 01632 960 441.": None,
    "Our asset tag is 01632960441.": None,
    "The reference was 01632 960441 when I called.": None,
    "Your case number (01632960441) is closed.": None,
    "Please call 01632 960 441, the scanner jams.": "01632 960 441",
    "Bleep 2231 / 0113 496 0000": "Bleep 2231 / 0113 496 0000",
}


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("text", NUMBERS)
def test_numbers_to_call(text: str) -> None:
    """A number is taken where the text says that it is to be called; other people's numbers and references are not."""
    assert values(text).get("contact_number") == NUMBERS[text]


COUNTS = {
    "It affects 12 of us.": 12,
    "Two of our Estates staff clicked the link.": 2,
    "The whole of Ward 5 (18 staff) have lost access.": 18,
    "The number of users is 4.": 4,
    "He is the only user affected.": 1,
    "There are 4 of us here but only 2 are affected.": 2,
    "Out of 30 staff about 12 are affected.": 12,
    "6 out of 20 users cannot log in.": 6,
    "Both of us cannot log in.": 2,
    "The bulb is dead. Lecture for 40 students at one.": None,
    "My colleague and I can't open the rota.": 2,
    "My colleague and I wondered about the rota.": None,
    "Half of the 8 receptionists cannot log in.": None,
    "Since 9 users cannot log in.": None,
    "On 3 May users could not log in.": None,
    "Error 500 users see when they log in.": None,
    "I have 2 accounts and neither works.": None,
    "It failed 3 times in 2 weeks on ward 12.": None,
    "Windows 11 users cannot print.": None,
    "VPN drops. Myself only.": 1,
    "Number of users: 3-4. VPN drops.": None,
    "I'm the only one affected.": 1,
    "Neither of us can open it.": None,
    "The alias delivers to 12 of us but not to Tom.": None,
    "Office 365 users cannot see it.": None,
    "I sent it to 200 people and it bounced.": None,
    "3 users cannot log in but 5 users cannot print.": None,
    "It takes 2 minutes to open.": None,
    "2 emails from users bounced.": None,
    "30 users are fine.": None,
    "It's not just me, everyone has it.": None,
    "Is it just me?": None,
}


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("text", COUNTS)
def test_counts(text: str) -> None:
    """People are counted where the text says that they are affected, and only where it says one number."""
    assert values(text).get("affected_users_count") == COUNTS[text]


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize(
    ("text", "count"), [("12", 12), ("about 12", 12), ("Twelve", 12), ("0113 496 0001\n3", 3), ("2\n3", None), ("We are many.", None)]
)
def test_bare_counts(text: str, count: int | None) -> None:
    """A bare number answers the question how many, where it was asked."""
    assert values(answering(text, "affected_users_count")).get("affected_users_count") == count


ADDRESSES = {
    "One user - tom@ward.example.": ["tom@ward.example"],
    "Two users: me and tom@ward.example.": [MEG.address, "tom@ward.example"],
    f"Two users, {MEG.address} and tom@ward.example.": [MEG.address, "tom@ward.example"],
    "The affected users are tom@ward.example and ann@ward.example.": ["tom@ward.example", "ann@ward.example"],
    "I wrote on behalf of Tom (tom@ward.example) whose account is locked. He is the only one affected.": ["tom@ward.example"],
    "Mail to gp@surgery.example bounces.": None,
    "My manager (ann@ward.example) knows.": None,
    "I lost access to the shared mailbox team@ward.example.": None,
}


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("text", ADDRESSES)
def test_affected_addresses(text: str) -> None:
    """An address is an affected user's where the text says so, or where there are as many as users."""
    assert values(text).get("affected_users_emails") == ADDRESSES[text]


ERRORS = {
    'We get "The specified mailbox is soft deleted".': "The specified mailbox is soft deleted",
    "The error message is: 550 5.4.1 Recipient address rejected.": "550 5.4.1 Recipient address rejected",
    "Outlook shows error 0x8004010F.": "error 0x8004010F",
    "It says 'Cannot connect to server'.": "Cannot connect to server",
    "“File in use” is the message we get.": "File in use",
    "There are no error messages.": "There are no error messages",
    'The name is shown as "Sorcha N? Dhomhnaill".': None,
    'Click on the button "Save".': None,
}


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("text", ERRORS)
def test_errors(text: str) -> None:
    """An error's words are evidence; other things in quotation marks are not."""
    found = values(text).get("evidence")
    assert found == (None if ERRORS[text] is None else {"text": ERRORS[text], "attachments": []})


ISSUES = {
    "Hi,\n\nPlease can you restore the mailbox of a leaver? One user affected.": "Please can you restore the mailbox of a leaver",
    "Hiya, can't get into my emails. Thanks": "can't get into my emails",
    "My surname changed and now the name on my mailbox is shown wrong.": "now the name on my mailbox is shown wrong",
    "Windows was updated and now it keeps crashing.": "Windows was updated and now it keeps crashing",
    "The problem is that the fax line rings out.": "the fax line rings out",
    'Outlook will not start - it says "No licence".': "Outlook will not start",
    "Outlook is slow. It takes 3 minutes to open. My number is 0113 496 0001.": "Outlook is slow. It takes 3 minutes to open",
    "It's only my account, I keep getting asked for my password.": "I keep getting asked for my password",
    "Two staff clicked the link: tom@ward.example and ann@ward.example.": "Two staff clicked the link",
    "How do I add a delegate to my calendar?": "How do I add a delegate to my calendar",
    "Users affected: 9. The lift is broken.": "The lift is broken",
    "VPN drops. This is affecting my whole department.": "VPN drops",
    "Thank you for your help.": None,
    "Please call me on 0113 496 0001.": None,
    "Hello": None,
}


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("text", ISSUES)
def test_issues(text: str) -> None:
    """The issue is what says what is wrong, without greetings, numbers, counts, addresses and error texts."""
    assert values(text).get("issue_description") == ISSUES[text]


@pytest.mark.rule("MDS-3")
@pytest.mark.parametrize(
    "text",
    [
        "I have already given you all of this over the phone this morning. What else do you need?",
        "I will get this to you tomorrow, the tablet is at the other home today",
        "I am on leave until Thursday so can't check.",
        "Sorry, I cannot find the error message any more.",
        "It's working now, thanks.",
        "Please see attached.",
    ],
)
def test_a_reply_without_answer_gives_nothing(text: str) -> None:
    """Promises, complaints and talk about the request are no answers."""
    assert values(answering(text, "contact_number", "affected_users_count", "issue_description")) == {}


@pytest.mark.rule("MDS-2")
def test_other_information() -> None:
    """Another desk's reference, and what opens as an addition, is other information."""
    assert values("Our local ticket REQ0045678. FYI the clinic is closed on Fridays.") == {
        "other_information": "Our local ticket REQ0045678. FYI the clinic is closed on Fridays."
    }


ANSWERED = {
    "bleep 1234 / 0113 496 0000": "bleep 1234 / 0113 496 0000",
    "0113 496 0000 / bleep 1234": "0113 496 0000 / bleep 1234",
    "Ext 5521 or 07700 900 870": "Ext 5521 or 07700 900 870",
    "pager 0042 (0113 496 0000)": "pager 0042 (0113 496 0000)",
    "ext 0000 (0113 496 0000)": "0113 496 0000",
    "07700 900 870, bleep 77": "07700 900 870, bleep 77",
}


@pytest.mark.rule("MDS-3")
@pytest.mark.parametrize("text", ANSWERED)
def test_number_answered_is_kept_with_its_bleep(text: str) -> None:
    """A bleep or extension is kept with the number beside it, unless it is only that number's end."""
    assert values(f"Contact number: {text}").get("contact_number") == ANSWERED[text]


THINGS = {
    "Call me on 0113 496 0001. The dictation tool empties itself whenever I pause.": "The dictation tool empties itself whenever I pause",
    "My number is 0113 496 0001. Our label printer prints one sticker on top of the next.": (
        "Our label printer prints one sticker on top of the next"
    ),
    "You can get me on 0113 496 0001. My laptop is at home today.": None,
    "Ring 0113 496 0001. The ward has moved to the second floor.": None,
    "Contact me on 0113 496 0001. Copying in our practice manager for information.": None,
    "0113 496 0001. My calendar is full until then.": None,
}


@pytest.mark.rule("MDS-3")
@pytest.mark.parametrize("text", THINGS)
def test_issue_asked_for(text: str) -> None:
    """In an answer that gives other things asked, what a program or device does is the issue, without a word for a fault."""
    found = values(answering(text, "contact_number", "issue_description"))
    assert found == {"contact_number": "0113 496 0001"} | ({"issue_description": THINGS[text]} if THINGS[text] else {})


SIGNATURES = {
    "Tel: 0113 496 0001": "0113 496 0001",
    "Switchboard: 0113 496 0002 | Direct: 0113 496 0001": "0113 496 0001",
    "Fax: 0113 496 0002\nMob: 07700 900 001": "07700 900 001",
    "T: 0113 496 0001 ext 12": "0113 496 0001 ext 12",
    "Ext 4471": "Ext 4471",
    "Switchboard 0113 496 0000 bleep 4412": None,
    "Secretary: Ann Hill 0113 496 0003": None,
    "0113 496 0002 (switchboard)": None,
    "Tel:\n0113 496 0001": "0113 496 0001",
}


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("line", SIGNATURES)
def test_signature_numbers(line: str) -> None:
    """The signature's own number is a number to call; switchboards, faxes and secretaries are not."""
    found = read(mail(f"Hello\n\nKind regards\nMeg Pryce\n{line}\n")).get("contact_number")
    assert (found and (found.value, found.source)) == (SIGNATURES[line] and (SIGNATURES[line], Source.SIGNATURE))


def test_the_text_s_number_goes_before_the_signature_s() -> None:
    """A number in the text is taken, whatever the signature says."""
    assert values("Ring me on 07700 900 001.\n\nMeg Pryce\nTel: 0113 496 0001") == {"contact_number": "07700 900 001"}
