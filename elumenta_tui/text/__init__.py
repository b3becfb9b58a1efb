"""Strangers' text made safe to show, store, send, copy and export; secrets hidden in it."""
