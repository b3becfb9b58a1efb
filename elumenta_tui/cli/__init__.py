"""What the program does without a screen, for shells and scripts."""
