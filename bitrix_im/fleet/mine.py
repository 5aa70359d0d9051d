"""One portal, for as long as it is this worker's."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType

import anyio


class Mine:
    """A portal that is this worker's: ``async with mine:`` around the work there.

    The body is cancelled when the lease is lost, or when another worker should have the portal; only once it has ended,
    the portal is given back. So clean up quickly: a fifth of a lease is what is left for it. A body that ends by itself
    gives the portal back as well; it is handed out again, here not before a lease has passed.
    """

    portal: str
    """Its name, as the fleet was told it."""

    def __init__(self, portal: str, ended: Callable[[Mine], None]) -> None:
        self.portal = portal
        self._ended = ended
        self._scope = anyio.CancelScope()
        self._is_entered = self._is_lost = self._is_over = False

    @property
    def lost(self) -> bool:
        """Whether it is this worker's no longer."""
        return self._is_lost

    def _end(self) -> None:
        """Told by the fleet: it is lost, or wanted by another."""
        self._is_lost = True
        self._scope.cancel()
        if not self._is_entered:
            self._over()

    def _over(self) -> None:
        if not self._is_over:
            self._is_over = True
            self._ended(self)

    async def __aenter__(self) -> Mine:
        if self._is_entered:
            raise RuntimeError(f"{self!r} was entered before: the fleet hands out a new one when it is yours again")
        self._is_entered = True
        self._scope.__enter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        swallowed = self._scope.__exit__(kind, error, trace)
        self._over()
        self._is_lost = True
        return bool(swallowed)

    def __repr__(self) -> str:
        return f"<{'lost' if self._is_lost else 'mine'}: {self.portal}>"
