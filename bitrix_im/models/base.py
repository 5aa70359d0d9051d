"""What every model shares: fields that the server sent and nobody documented, and a short repr."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NoReturn

import attrs


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


@attrs.frozen(kw_only=True, repr=False)
class Model:
    """Base of the models."""

    _brief: ClassVar[tuple[str, ...]] = ()  # the fields its repr shows; all that are not at their default where empty

    extra: Mapping[str, Any] = attrs.field(default=EMPTY, hash=False)
    """Fields of the answer that this version does not know, under the server's names."""

    def __repr__(self) -> str:
        fields = attrs.fields(type(self))
        names = self._brief or tuple(f.name for f in fields if getattr(self, f.name) != f.default)
        shown = (f"{name}={_clip(repr(getattr(self, name)))}" for name in names)
        return f"{type(self).__name__}({', '.join(shown)})"


def _clip(text: str, width: int = 60) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
