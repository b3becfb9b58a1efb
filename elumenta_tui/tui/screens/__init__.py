"""Full screens and dialogs above the chat."""
