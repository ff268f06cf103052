"""The subject as text, where a mail says all it has to say there: nothing stands below it, or only "as per subject" (MDS-2)."""

from __future__ import annotations

import re
from dataclasses import replace

from maild.mail.message import Message
from maild.mail.replies import Kind, NewLine, Reply
from maild.policy.mds.issue import is_courtesy
from maild.policy.mds.sentences import sentences_of

_MOST_LINES = 8  # of a text that may say no more than "see subject" and a name
_CHARS = 400
_NOT_NEW = re.compile(r"\s{0,4}(?:re|aw|sv|vs|antw|odp|fwd?|fw|wg|tr|rv|ymlaen|ateb)\s{0,2}(?:\[\d{1,3}\])?:", re.IGNORECASE)
_TAGS = re.compile(
    r"(?:\s{0,3}\[[^\]]{1,40}\]|\s{0,3}\*{1,3}[A-Z ]{3,20}\*{1,3}|\s{0,3}(?:urgent|important|help|high priority|priority|new|issue|"
    r"fault|problem|"
    r"request|query|it (?:issue|problem|help|request)|helpdesk|service desk|ticket|support)\s{0,2}[:!–-]{1,3}\s)+\s{0,3}",
    re.IGNORECASE,
)
_POINTS = re.compile(
    r"(?:please |pls )?(?:(?:as|see|per|refer to|read|in|it'?s (?:all )?in|all in|look at|details (?:are )?in|as (?:stated|described|"
    r"shown|said) "
    r"in) ){1,3}(?:(?:the|my|email|e-mail|mail|message) ){0,2}(?:subject|title|header|heading|topic)(?: ?line| field| bar)?"
    r"(?: (?:of|above|please|of this (?:e-?mail|message)|for (?:the )?(?:details|issue|problem)|says it all)){0,2}|"
    r"(?:the )?(?:subject|title)(?: line)? says it all|(?:please )?(?:see|as) above|as (?:the )?(?:subject|title)",
    re.IGNORECASE,
)


def with_subject(message: Message, reply: Reply) -> Reply:
    """Return the reply with the subject as its first line, where the mail is no answer and its text says nothing beside it."""
    if message.in_reply_to or reply.asked or reply.answers or len(reply.new_text) > _CHARS or reply.of(Kind.QUOTE):
        return reply
    told = [line for line in reply.lines if line.text.strip()]
    if len(told) > _MOST_LINES or not message.subject.strip() or _NOT_NEW.match(message.subject):
        return reply
    names = frozenset(message.sender.name.lower().replace(",", " ").split()) if message.sender else frozenset()
    said = [sentence for sentence in sentences_of(told) if not is_courtesy(sentence)]
    points = any(_POINTS.fullmatch(sentence.text.strip(" .!")) for sentence in said)
    if not points and not all(names.issuperset(sentence.text.lower().strip(" .,!").split()) for sentence in said):
        return reply
    subject = message.subject[:_CHARS]
    tags = _TAGS.match(subject)
    text = (subject[tags.end() :] if tags else subject).strip()
    kept = tuple(line for line in reply.lines if not _POINTS.fullmatch(line.text.strip(" .!")))
    return replace(reply, lines=(NewLine(number=0, text=text), NewLine(number=0, text=""), *kept))
