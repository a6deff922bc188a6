"""The command line `systeme`; nothing of the library imports it."""
