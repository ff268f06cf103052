"""maild: the helpdesk that runs on email."""

__version__ = "0.1.0"
