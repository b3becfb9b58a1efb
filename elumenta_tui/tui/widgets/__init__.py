"""Widgets: they paint the values that they are given, and post messages about what the user did."""
