"""Without a screen."""
