"""Whole screens that come over the chat."""
