"""The terminal: what is typed on it and what is painted on it."""
