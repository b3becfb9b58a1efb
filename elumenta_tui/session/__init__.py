"""A running chat, without a terminal and without sentences."""
