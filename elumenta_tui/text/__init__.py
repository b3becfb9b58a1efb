"""Make remote text safe to show, store, send, copy and export, and redact secrets in it."""
