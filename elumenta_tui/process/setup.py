"""What is set once for the whole process before it holds the key."""

from __future__ import annotations

import contextlib
import sys


def silence_developers_words() -> None:
    """Send warnings and logs nowhere, unless Python was told to show them: the terminal is the user's."""
    import logging
    import warnings

    if not sys.warnoptions and not sys.flags.dev_mode:
        warnings.simplefilter("ignore")
        # With a handler of any kind, logging does not print by itself.
        logging.getLogger().addHandler(logging.NullHandler())


def leave_no_core() -> None:
    """Write no core file: it would hold the key and all texts."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, most))
