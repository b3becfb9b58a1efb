"""Waiting in a command for what a session does, for a signal, or for an error in the program."""

from __future__ import annotations

import asyncio
from typing import Any


async def until(end: Any, failure: asyncio.Future[None], leaving: asyncio.Event | None = None) -> None:
    """Wait for an end, or for a signal. An error in the program ends it, too, and is raised.

    Args:
        end: is awaited, and cancelled where something else comes first.
        failure: fails with an error of a task: see `AsyncioTasks`.
        leaving: is set by a signal; None: signals have to wait for the end.
    """
    waits = [asyncio.ensure_future(end)]
    if leaving is not None:
        waits.append(asyncio.ensure_future(leaving.wait()))
    try:
        await asyncio.wait([*waits, failure], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
    if failure.done():
        failure.result()
