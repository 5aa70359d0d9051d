"""One consumer a queue: two streams of one client would each lose what the other confirms."""

from __future__ import annotations

import weakref
from typing import Any

_claims: weakref.WeakKeyDictionary[Any, set[str]] = weakref.WeakKeyDictionary()


class Claim:
    """A stream's right to read the queue called *name* of *owner*: a session, where one client makes it."""

    def __init__(self, owner: object, name: str) -> None:
        self._owner = owner if owner is not None else self
        self._name = name

    def take(self) -> None:
        """Take it. Raises `RuntimeError` where another stream has it."""
        names = _claims.setdefault(self._owner, set())
        if self._name in names:
            raise RuntimeError(
                f"another stream of this client reads {self._name} already: one consumer a queue. "
                "For several dialogs at once use Handlers, for several watchers im.watch()"
            )
        names.add(self._name)

    def drop(self) -> None:
        """Give it back."""
        _claims.get(self._owner, set()).discard(self._name)
