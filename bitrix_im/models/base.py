"""What every model shares: fields that the server sent and nobody documented, and a short repr."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

import attrs

from ..convert import EMPTY, travel

NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)
"""The date of what has none."""


@attrs.frozen(kw_only=True, repr=False)
class Model:
    """Base of the models: frozen, slotted, picklable.

    What something depends on (ids, dates that order, texts) is as annotated, or the answer is refused with an
    `UnexpectedResponse` that says where. A wrong value that nothing depends on never fails a page: the field has its
    default, or what could be read of the value, and ``extra`` has the value as it came.
    """

    _brief: ClassVar[tuple[str, ...]] = ()  # the fields its repr shows; all that are not at their default where empty

    extra: Mapping[str, Any] = attrs.field(default=EMPTY, hash=False)
    """What the answer holds besides the fields, under the server's names: unknown fields, and values of the wrong kind
    where nothing depends on them."""

    def to_dict(self) -> dict[str, Any]:
        """The model as JSON values, each field under its Python name.

        The same keys whatever the values are, ``extra`` among them, last. Dates are ISO 8601 with their offset, sets
        are sorted lists, parts are dicts of their own. `from_dict` makes an equal model of it.
        """
        return travel.to_dict(self)

    def to_json(self) -> str:
        """`to_dict` as JSON text, on one line."""
        return travel.to_json(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make a model of what `to_dict` gave, in this process or another.

        What a newer version had besides is left out, what an older one had not is at its default. Raises `ValueError`,
        which names each place that does not fit. (The portal's own JSON is not this: reading that is the client's.)
        """
        return travel.from_dict(data, cls)

    def __repr__(self) -> str:
        fields = attrs.fields(type(self))
        names = self._brief or tuple(f.name for f in fields if getattr(self, f.name) != f.default)
        shown = (f"{name}={_clip(repr(getattr(self, name)))}" for name in names)
        return f"{type(self).__name__}({', '.join(shown)})"


def _clip(text: str, width: int = 60) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
