"""The app in the terminal: screens, widgets, actions, and what they say."""
