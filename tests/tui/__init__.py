"""The app, with keys pressed by Pilot."""
