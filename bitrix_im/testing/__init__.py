"""An embedded Bitrix24 portal, to test code that talks to one: limits, quirks and faults included.

Needs the extra ``testing``. It shares no code with the client.
"""

from .portal import Portal
from .quirks import Quirks
from .server.exchange import Exchange
from .server.faults import Fault, Faults
from .world.world import World

__all__ = ["Exchange", "Fault", "Faults", "Portal", "Quirks", "World"]
