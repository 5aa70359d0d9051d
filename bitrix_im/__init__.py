"""Bitrix24 chats as async iterators: typed, complete, polite, fast."""

from typing import TYPE_CHECKING, Any

__version__ = "0.7.0"

if TYPE_CHECKING:
    from ._public import *  # noqa: F403 - its __all__ says which
    from ._public import __all__ as __all__
else:

    def __getattr__(name: str) -> Any:
        """Import the public names when the first of them is asked for: what needs none of them starts at once."""
        if name.startswith("__") and name != "__all__":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import importlib

        public = importlib.import_module(f"{__name__}._public")
        globals().update({each: getattr(public, each) for each in ("__all__", *public.__all__)})
        try:
            return globals()[name]  # rooms are attributes, too, once they are imported
        except KeyError:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None

    def __dir__() -> list[str]:
        """The public names, not the rooms that they come from."""
        public = __getattr__("__all__")
        return sorted({*public, *(name for name in globals() if name.startswith("__"))})
