"""Pages linked inside one request: ``LAST_ID=$result[…][messages][49][id]`` begins a page where the one before ends.

Safe links (docs/portal.md#safe-links) fail alone where they lead nowhere, so a request may hold more of them than the
history has pages. Where a portal answers 500 to them all the same, links are counted for the rest of the session: only
as many are made as pages are surely full, by ``message_count`` of ``im.dialog.get`` less a margin.
"""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import attrs

from ...errors import BitrixError, InvalidParameter, ServerError
from ...rest.batch import Outcome
from ...rest.call import Call, Ref, Reply
from ...rest.decode import read_count

_MARGIN = 50  # messages that message_count may count too many: deleted, or arrived since
_FAILURES = 2  # in a row; one may be any other fault of the portal


@attrs.define
class Links:
    """What is known of a portal's way with safe links; one for all walks of a session."""

    failures: int = 0
    """Requests with such links that failed as a whole, one after the other."""
    proven: bool = False
    """A link that led nowhere has failed alone."""

    @property
    def are_safe(self) -> bool:
        """Whether more links may be made than there are pages."""
        return self.proven or self.failures < _FAILURES

    def learn(self, calls: Sequence[Call], outcome: Sequence[Outcome] | BitrixError) -> None:
        """Learn from a request with linked calls."""
        linked = [any(isinstance(value, Ref) and value.safe for value in call.params.values()) for call in calls]
        if not any(linked):
            return
        if isinstance(outcome, BitrixError):
            self.failures += isinstance(outcome, ServerError)
            return
        self.failures = 0
        pairs = zip(linked, outcome, strict=False)
        self.proven = self.proven or any(is_link and isinstance(one, InvalidParameter) for is_link, one in pairs)


_KNOWN: WeakKeyDictionary[object, Links] = WeakKeyDictionary()


def links_of(caller: object) -> Links:
    """What is known of the portal that *caller* calls, shared by all callers of its session."""
    return _KNOWN.setdefault(getattr(caller, "session", caller), Links())


def count_of(reply: Reply) -> int:
    """``message_count``, where the portal gives it: it counts hidden messages as well, and may be off."""
    return (read_count(reply.result.get("message_count")) if isinstance(reply.result, dict) else None) or 0


def pages_to_link(links: Links, left: int | None, limit: int, most: int) -> int:
    """How many pages of *limit* to ask for in one request where so many messages are *left*, by the portal's count.

    With safe links the count only keeps from asking for too much; without them it has to be right.
    """
    if not links.are_safe:
        return min(most, 1 + max(0, (left or 0) - _MARGIN) // limit)
    return most if left is None or left <= 0 else min(most, 2 + left // limit)
