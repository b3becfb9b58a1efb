"""The embedded demo account: the Elumenta service played by an httpx transport, without network, key or cost.

Everything above httpx's response is the real path: the same client reads the same bytes. The demo knows no
app: it imports `chat` (the documented models and their prices), `gate` and httpx, and nothing else.
"""

from .scenarios import SCENARIOS
from .transport import DemoTransport

__all__ = ["SCENARIOS", "DemoTransport"]
