"""The embedded demo account: the Elumenta service played by an httpx transport, without network, key or cost.

Everything above httpx's response is real: the same client reads the same bytes. The demo does not know the app. It imports
`chat` (the documented models and their prices), `text` and httpx only.
"""

from .scenarios import SCENARIOS
from .transport import DemoTransport

__all__ = ["SCENARIOS", "DemoTransport"]
