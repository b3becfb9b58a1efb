"""The parts of the app, as the actions of the catalogue use them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from elumenta_tui.session import Session
    from elumenta_tui.tui.appearance import Appearance
    from elumenta_tui.tui.copying import Copying
    from elumenta_tui.tui.dialogs import Dialogs
    from elumenta_tui.tui.editing import Editing
    from elumenta_tui.tui.exporting import Exporting
    from elumenta_tui.tui.finding import Finding
    from elumenta_tui.tui.key_dialog import KeyDialog
    from elumenta_tui.tui.ports import Program
    from elumenta_tui.tui.presses import Presses
    from elumenta_tui.tui.recovering import Recovering
    from elumenta_tui.tui.sending import Sending
    from elumenta_tui.tui.shelf import Shelf
    from elumenta_tui.tui.stopping import Stopping
    from elumenta_tui.tui.widgets.prompt import Prompt
    from elumenta_tui.tui.widgets.transcript import Transcript


@dataclass(frozen=True, slots=True)
class Parts:
    """One of each."""

    session: Session
    program: Program
    prompt: Prompt
    transcript: Transcript
    appearance: Appearance
    copying: Copying
    dialogs: Dialogs
    editing: Editing
    exporting: Exporting
    finding: Finding
    key_dialog: KeyDialog
    presses: Presses
    recovering: Recovering
    sending: Sending
    shelf: Shelf
    stopping: Stopping
