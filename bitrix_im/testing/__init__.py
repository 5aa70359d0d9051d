"""An embedded Bitrix24 portal, to test code that talks to one: limits, quirks and faults included.

Needs the extra ``testing``. It shares no code with the client.
"""

from .app import Portal
from .exchange import Exchange
from .faults import Fault, Faults
from .quirks import Quirks
from .world import World

__all__ = ["Exchange", "Fault", "Faults", "Portal", "Quirks", "World"]
