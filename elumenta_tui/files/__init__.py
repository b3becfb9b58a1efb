"""Files that the user attaches: read within bounds, told apart by their content, and completed by their paths."""
