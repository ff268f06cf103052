"""The procedure's own Minimum Data Set: seven fields, in its words. Source: NHSmail incident procedure (MDS-1).

``config/mds.toml`` says the same for the administrator to change; this is what holds where it is silent.
"""

from __future__ import annotations

from maild.mail.phrases import phrases
from maild.policy.mds.fields import FieldRule, FieldType, MdsRules, Source

_TOLD = phrases(
    """
    issue | problem | fault | request | query | enquiry | incident | symptom | complaint | concern | difficulty | change | matter
    """
)
_KINDS = phrases("description | details | summary | desc | reported | text | explanation")
_ABOUT = phrases(
    """
    description of | details of | nature of | summary of | reason for | outline of | explanation of | information on | describe
    """
)
_LENGTHS = phrases("brief | short | full | detailed | long | further")
_WORKED_ON = phrases("affected | impacted | concerned | involved")
_PEOPLE = phrases("user | people | staff | person | colleague | account | member of staff | mailbox")
_COUNTED = phrases("number of | total number of | total | count of | how many | approximate number of")
_WRITTEN = phrases(
    """
    email of | email address of | email for | email address for | address of | emails for | mailbox of | login of | account of
    """
)

# What forms call the fields, word by word of the family: "Details of request", "Short description of fault", "No. of staff impacted".
_ISSUE_LABELS = (
    *_TOLD,
    *(f"{told} {kind}" for told in _TOLD for kind in _KINDS),
    *(f"{about} {told}" for told in _TOLD for about in _ABOUT),
    *(f"{length} description" for length in _LENGTHS),
    *(f"{length} description of {told}" for length in _LENGTHS for told in _TOLD),
    *(f"briefly describe {told}" for told in _TOLD),
    *(f"{told}{between}{other}" for told in _TOLD[:6] for other in _TOLD[:6] for between in (" ", " or ") if told != other),
)
_COUNT_LABELS = (
    *(f"{count} {people} {state}" for count in _COUNTED for people in _PEOPLE for state in _WORKED_ON),
    *(f"{count} {state} {people}" for count in _COUNTED for people in _PEOPLE for state in _WORKED_ON),
    *(f"{count} {people} are {state}" for count in _COUNTED for people in _PEOPLE for state in _WORKED_ON),
    *(f"{people} {state}" for people in _PEOPLE for state in _WORKED_ON),
    *(f"{count} {state}" for count in _COUNTED for state in _WORKED_ON),
)
_ADDRESS_LABELS = (
    *(f"{written} {people} {state}" for written in _WRITTEN for people in _PEOPLE for state in _WORKED_ON),
    *(f"{written} {state} {people}" for written in _WRITTEN for people in _PEOPLE for state in _WORKED_ON),
    *(f"{state} {people} {kind}" for state in _WORKED_ON for people in _PEOPLE for kind in ("email", "email address", "address")),
    *(f"{people} {state}" for people in _PEOPLE for state in _WORKED_ON),
    *(f"{state} {people}" for people in _PEOPLE for state in _WORKED_ON),
    *(f"{written} those {state}" for written in _WRITTEN for state in _WORKED_ON),
)


def _each_once(*labels: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(labels))


PROCEDURE_FIELDS = (
    FieldRule(
        key="requestor_email",
        label="Requestor email address",
        type=FieldType.EMAIL,
        essential=True,
        sources=(Source.FORM, Source.TEXT, Source.HEADER, Source.ATTACHMENT),
        synonyms=phrases(
            """
            requestor email | requestor's email | requestor | requested by | your email | your email address | email address | email |
            my email | my email address | contact email | contact email address | requestor mail | cyfeiriad e-bost | e-bost
            """
        ),
    ),
    FieldRule(
        key="contact_number",
        label="Requestor contact number",
        type=FieldType.PHONE,
        essential=True,
        sources=(Source.FORM, Source.TEXT, Source.SIGNATURE, Source.ATTACHMENT),
        synonyms=phrases(
            """
            contact number | contact no | contact tel | contact telephone | contact telephone number | contact | contact phone | contact
            phone number | contact details | phone | phone number | phone no | telephone | telephone number | telephone no | tel | tel
            no | tel number | mobile | mobile number | mobile no | mob | mob no | cell | number | my number | requestor number |
            requestor phone | requestor phone number | requestor tel | requestor telephone | best number | best contact number | best
            contact | best number to call | number to call | call me on | ring me on | call back number | callback number | callback |
            direct line | direct dial | ddi | direct | ext | extn | extension | bleep | daytime number | daytime contact number | my
            contact number | rhif cyswllt | rhif ffôn | ffôn | phone contact | contact nr | work number | work phone
            """
        ),
    ),
    FieldRule(
        key="affected_users_count",
        label="Number of affected users",
        type=FieldType.COUNT,
        synonyms=_each_once(
            *phrases(
                """
            number of users affected | number of users | no of affected users | no of users affected | no of users | no affected |
            number affected | users affected | affected users | user affected | affected user | users | how many users | how many users
            are affected | how many users affected | how many people | how many people are affected | how many affected | how many
            people affected | how many staff | how many | user count | count | people affected | staff affected | affected staff | number of
            people affected | number of staff affected | number of people | number of affected people | number of affected staff |
            affected | impact | number users affected | count of affected users | total users affected | nifer y defnyddwyr | nifer y
            defnyddwyr yr effeithir arnynt
            """
            ),
            *_COUNT_LABELS,
        ),
    ),
    FieldRule(
        key="affected_users_emails",
        label="Affected user(s) email address(es)",
        type=FieldType.EMAIL_LIST,
        synonyms=_each_once(
            *phrases(
                """
            affected users email addresses | affected user email address | affected user email | affected users emails | affected emails
            | affected user | affected users | user affected | users affected | users | user | emails of affected users | email
            addresses of affected users | email address of affected user | email of affected user | users email addresses | users emails
            | user email | user email address | email addresses | emails | affected email | affected email address | affected email
            addresses | affected mailbox | affected mailboxes | affected account | affected accounts | who is affected | their email |
            their emails | their email addresses | affected addresses | affected staff | staff affected | affected | affected user
            emails | email addresses affected | people affected | who
            """
            ),
            *_ADDRESS_LABELS,
        ),
    ),
    FieldRule(
        key="issue_description",
        label="Issue Description",
        type=FieldType.TEXT,
        essential=True,
        min_words=2,
        synonyms=_each_once(
            *phrases(
                """

            what do you need | what is needed | what is required | what do you require | what do you want |
            what do you want us to do | what would you like us to do | how can we help | how may we help |
            what can we help with | what is not working | what went wrong | what's not working | what's happening | what is happening |
            work required | action required |
            work requested | action requested | task | tasks | requirement | requirements |
            symptoms | what are symptoms | what do you need help with | what happens | reason for contact | reason for contacting us |
            reason for call | please describe | describe | what are you reporting |
            issue | description | problem | description of issue | description of the issue | description of problem | issue desc |
            description of the problem | problem description | issue details | details of issue | details of the issue | issue is |
            details of problem | fault | fault description | what is the issue | what is the problem | what's the issue | what's the
            problem | what is wrong | what's wrong | summary | incident description | incident details | problem is | description of
            incident | details of incident | disgrifiad | disgrifiad o'r broblem | y broblem | broblem | desc | issue summary | nature
            of issue | nature of problem | what happened | what is happening | details
            """
            ),
            *_ISSUE_LABELS,
        ),
    ),
    FieldRule(
        key="evidence",
        label="Please provide any error messages, screenshots or emails (saved as .eml or .msg)",
        type=FieldType.EVIDENCE,
        required=False,
        synonyms=phrases(
            """
            error shown | error given | errors shown | message seen |
            error messages | error message | error | errors | any error messages | any error message | any errors | screenshots |
            screenshot | error messages, screenshots or emails | error messages and screenshots | error messages/screenshots | error
            message/screenshot | evidence | error text | exact error | exact error message | error code | error msg | error seen | error
            displayed | error message received | error received | errors seen | error messages or screenshots | screen shots | screen
            shot | any error messages, screenshots or emails | error messages screenshots emails | errors/screenshots | error/screenshot
            | neges gwall | negeseuon gwall | message displayed | message shown | error details
            """
        ),
    ),
    FieldRule(
        key="other_information",
        label="Any other information you may think will be relevant to assist us in resolving your incident",
        type=FieldType.TEXT,
        required=False,
        synonyms=phrases(
            """
            any other information | other information | other info | additional information | additional info | any other info | further
            information | further info | anything else | other | notes | note | comments | any other relevant information | other
            relevant information | extra information | extra info | more information | more info | background | other details | any
            other details | additional details | additional comments | additional notes | any other comments | other notes | other
            comments | other relevant info | relevant information | gwybodaeth arall | unrhyw wybodaeth arall | anything else relevant |
            any additional information | any further information | misc | info | any other relevant info
            """
        ),
    ),
)

PROCEDURE = MdsRules(fields=PROCEDURE_FIELDS)
