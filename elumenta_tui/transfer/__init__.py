"""Export of conversations."""
