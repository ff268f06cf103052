"""Every error of maild, in one tree whose three families say who must act.

    MaildError
    ├── ConfigError            the administrator: a configuration or template is wrong
    ├── TemporaryFailure       nobody yet: try again (451 4.3.0)
    │   ├── StoreUnavailable   the database is locked, gone, or its group was rolled back
    │   ├── Overloaded         too much is waiting
    │   ├── Stopping           the daemon is on its way down
    │   └── DiskLow            too little room (452 4.3.1)
    └── PermanentFailure       the sender: what was asked cannot be done (5xx)
        ├── MailTooLarge       552 5.3.4
        ├── TooManyHops        554 5.4.6
        └── Refused            an agent's, link's or command line's action that the ticket's state does not allow

The reply code travels with the error; ``reply`` is the generic text a peer sees, the error's own text goes to the log only (INT-4).
Bad mail is no error but a ``Message`` with defects; a user's mistake is an event.
"""


class MaildError(Exception):
    """Base of all errors of maild."""


class ConfigError(MaildError):
    """The configuration or a template is wrong; the text names file, line and key."""


class TemporaryFailure(MaildError):
    """Try again later."""

    reply = "451 4.3.0 Temporary failure, please try again later"


class StoreUnavailable(TemporaryFailure):
    """The store could not take it: locked, gone, full, or its group of commits was rolled back."""


class Overloaded(TemporaryFailure):
    """Too much is waiting already."""


class Stopping(TemporaryFailure):
    """The daemon is stopping."""


class DiskLow(TemporaryFailure):
    """Too little disk space is left."""

    reply = "452 4.3.1 Insufficient system storage, please try again later"


class PermanentFailure(MaildError):
    """What was asked cannot be done, now or later."""

    reply = "550 5.0.0 Refused"


class MailTooLarge(PermanentFailure):
    """The mail is over the size limit (INT-5)."""

    reply = "552 5.3.4 Message size exceeds the limit"


class TooManyHops(PermanentFailure):
    """The mail has been through too many servers; a loop (RFC 5321 §6.3, INT-5)."""

    reply = "554 5.4.6 Too many hops, mail loop suspected"


class Refused(PermanentFailure):
    """The action is not allowed in the ticket's present state."""
