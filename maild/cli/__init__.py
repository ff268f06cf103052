"""The command line: thin commands that parse arguments, call the desk or the store, and print."""
