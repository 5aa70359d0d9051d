"""What frozen models need: a mapping that is frozen, too, and a way to join what nobody has seen yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn


class FrozenDict(dict[str, Any]):
    """A dict that cannot be changed: goes through ``json.dumps``, ``attrs.asdict`` and ``pickle`` like any other."""

    __slots__ = ()

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("models are frozen: copy the mapping with dict(…) first")

    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = __ior__ = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)

    def __repr__(self) -> str:
        return dict.__repr__(self)


EMPTY: Mapping[str, Any] = FrozenDict()

fill = object.__setattr__
"""Set a field of a frozen model that nobody has seen yet."""
