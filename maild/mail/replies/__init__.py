"""What a person wrote now, in a mail that also quotes, signs, warns and disclaims (MDS-2).

``split`` reads the text line by line, in linear time, by the marks of Outlook, Gmail, Apple Mail, Thunderbird, mutt and Notes.
"""

from maild.mail.replies.form import PROCEDURE_FORM
from maild.mail.replies.markup import images_in
from maild.mail.replies.reply import Answer, Folded, Kind, NewLine, Reply
from maild.mail.replies.split import author_of, split

__all__ = ["PROCEDURE_FORM", "Answer", "Folded", "Kind", "NewLine", "Reply", "author_of", "images_in", "split"]
