"""All groups of views, each from the module that registers them."""

from tests.snapshots import (
    answering,
    branching,
    comparing,
    dialogs,
    failing,
    finding,
    prompting,
    starting,
)
from tests.snapshots.views import GROUPS, every_view

__all__ = [
    "GROUPS",
    "answering",
    "branching",
    "comparing",
    "dialogs",
    "every_view",
    "failing",
    "finding",
    "prompting",
    "starting",
]
