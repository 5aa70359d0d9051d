"""Which pair of tokens counts: the newest in use, and what else is known should it be refused. Sans-I/O."""

from __future__ import annotations

from collections import deque

from .tokens import Tokens

_REMEMBERED = 32  # pairs, and refresh tokens that are no good any more


class Pairs:
    """Every pair that an application knows of, and the one it uses."""

    def __init__(self, given: Tokens) -> None:
        self.current = given
        self._known: deque[Tokens] = deque([given], _REMEMBERED)
        self._useless: deque[str] = deque(maxlen=_REMEMBERED)
        """Refresh tokens that were spent or refused."""

    def adopt(self, stored: Tokens | None) -> bool:
        """Use the pair that was found in the store, unless ours is newer; says whether that changed ours.

        Another process may have left a newer one there; but where saving failed, an old one still is.
        """
        if stored is None or stored.access_token == self.current.access_token:
            return False
        if stored not in self._known:
            self._known.append(stored)
        if stored.refresh_token in self._useless or _runs_out_before(stored, self.current):
            return False
        self.current = stored
        return True

    def candidates(self) -> list[Tokens]:
        """What a refresh can be tried with: the pair in use, then every other that may still be good, newest first."""
        others = [pair for pair in reversed(self._known) if pair.refresh_token not in self._useless]
        return [self.current, *(pair for pair in others if pair.refresh_token != self.current.refresh_token)]

    def refused(self, pair: Tokens) -> None:
        """The auth server does not take this pair's refresh token any more."""
        self._useless.append(pair.refresh_token)

    def exchanged(self, pair: Tokens, fresh: Tokens) -> None:
        """The auth server took *pair* and gave a *fresh* one."""
        if fresh.refresh_token != pair.refresh_token:
            self._useless.append(pair.refresh_token)
        self._known.append(fresh)
        self.current = fresh

    def __repr__(self) -> str:
        return f"Pairs({len(self._known)} known)"


def _runs_out_before(stored: Tokens, current: Tokens) -> bool:
    """Whether *stored* is the older one; one that does not say when it runs out is taken for the newer."""
    if stored.expires_at is None or current.expires_at is None:
        return False
    return stored.expires_at < current.expires_at
