"""An embedded Bitrix24 portal, to test code that talks to one: limits, quirks and faults included.

Needs the extra ``testing``; nothing of that is imported before one of these names is used, so that the pytest plugin
does no harm where the extra is missing. It shares no code with the client.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .portal import Portal
    from .quirks import Quirks
    from .server.exchange import Exchange
    from .server.faults import Fault, Faults
    from .server.outbox import Delivery
    from .world.bot_seen import BotSeen
    from .world.people import Person
    from .world.world import World

__all__ = ["BotSeen", "Delivery", "Exchange", "Fault", "Faults", "Person", "Portal", "Quirks", "World"]

_HOMES = {
    "BotSeen": ".world.bot_seen",
    "Delivery": ".server.outbox",
    "Exchange": ".server.exchange",
    "Fault": ".server.faults",
    "Faults": ".server.faults",
    "Person": ".world.people",
    "Portal": ".portal",
    "Quirks": ".quirks",
    "World": ".world.world",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = import_module(_HOMES[name], __name__)
    except ModuleNotFoundError as error:
        if error.name not in ("starlette", "uvicorn"):
            raise
        missing = f"the embedded portal needs {error.name}: pip install 'bitrix-im[testing]'"
        raise ModuleNotFoundError(missing, name=error.name) from None
    return getattr(module, name)


def __dir__() -> list[str]:
    return __all__
