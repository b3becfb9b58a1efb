"""Conversations on their way out of the program."""
