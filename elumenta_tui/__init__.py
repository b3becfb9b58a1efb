"""A keyboard-driven terminal client for large language models on the Elumenta API."""

__version__ = "0.1.0"
