"""The Markdown engine."""
