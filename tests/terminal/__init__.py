"""Keyboard, canvas, clipboard."""
