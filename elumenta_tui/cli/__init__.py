"""Commands that need no screen, for shells and scripts."""
