"""Lists by OFFSET and LIMIT until ``total``: users and departments, found or listed.

Their ``next`` cannot be trusted: it lags where users are dropped after LIMIT, and in one method it never moves
(docs/portal.md#search-users, docs/portal.md#search-departments). Rows are dropped after LIMIT, so a short page is no
end either.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import attrs

from ..convert import structure
from ..errors import WalkStalled
from ..models import Department, User
from ..rest.call import Call, Reply
from .walk import Found

T = TypeVar("T", User, Department)

_Int = attrs.validators.instance_of(int)
_MOST_PASSES = 5


@attrs.frozen
class OffsetStep:
    """Where a list stands: the next row, the portal's ``total``, and how often it began anew."""

    offset: int = attrs.field(default=0, validator=_Int)
    total: int | None = attrs.field(default=None, validator=attrs.validators.optional(_Int))
    passes: int = attrs.field(default=0, validator=_Int)


@attrs.frozen
class OffsetList(Generic[T]):
    """A list of users or departments, each once.

    Where rows went away during the walk, those behind moved up and one may have slipped past: the list is read again
    from its top, and what was handed out before is dropped.
    """

    method: str
    kind: type[T]
    params: Mapping[str, Any]
    page_size: int = attrs.field(kw_only=True)

    repeats = True
    windows = (1, 2, 4, 8, 16, 32, 50)

    @property
    def binding(self) -> Call:
        keywords = {name.lower(): value for name, value in self.params.items()}
        return Call(self.method, {**keywords, "page_size": self.page_size})

    def start(self) -> OffsetStep:
        return OffsetStep()

    def call(self, step: OffsetStep, wanted: int | None = None) -> Call:
        # OFFSET steps by LIMIT, whatever is wanted: a smaller page would shift the ones behind it.
        return Call(self.method, {**self.params, "OFFSET": step.offset, "LIMIT": self.page_size})

    def foretell(self, step: OffsetStep, most: int, wanted: int | None) -> list[Call]:
        left = max(0, (step.total or 0) - step.offset)
        pages = -(-(left if wanted is None else min(left, wanted)) // self.page_size)
        return [
            self.call(attrs.evolve(step, offset=step.offset + index * self.page_size))
            for index in range(max(1, min(pages, most)))
        ]

    def without(self, step: OffsetStep) -> None:
        return None

    def behind(self, step: OffsetStep, item: T) -> None:
        return None  # the order is the portal's own

    def learn(self, calls: object, outcome: object) -> None:
        return None

    def handed_out(self, step: OffsetStep) -> tuple[()]:
        return ()

    def key(self, item: T) -> str:
        return str(item.id)

    def dump(self, step: OffsetStep) -> list[Any]:
        return list(attrs.astuple(step))

    def load(self, values: list[Any]) -> OffsetStep:
        return OffsetStep(*values)

    def read(self, step: OffsetStep, call: Call, reply: Reply) -> Found[OffsetStep, T]:
        items = structure(reply.result, list[self.kind], at="$.result")  # type: ignore[name-defined]
        return Found(items, self._next(step, reply.total, is_empty=not items))

    def _next(self, step: OffsetStep, total: int | None, *, is_empty: bool) -> OffsetStep | None:
        offset = step.offset + self.page_size
        if total is None:  # never seen, but then an empty page is all there is to go by
            return None if is_empty else attrs.evolve(step, offset=offset)
        if step.total is not None and total < step.total:
            if step.passes >= _MOST_PASSES:
                raise WalkStalled(f"{self.method}: rows went away during each of {_MOST_PASSES} passes")
            return OffsetStep(0, total, step.passes + 1)
        return OffsetStep(offset, total, step.passes) if offset < total else None
