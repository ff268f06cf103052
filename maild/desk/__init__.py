"""The use cases: load, decide, apply — one transaction each. Mail, timer, link, command line and agent mail are doors to this one room."""
