"""Whether a walk brought everything, once: looked at before anything else is worth comparing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Sequence

import attrs


@attrs.frozen
class Completeness:
    """What became of a walk's items. Strange ones were found, but nobody asked for them."""

    missing: int = 0
    doubled: int = 0
    strange: int = 0
    in_order: bool = True

    @property
    def whole(self) -> bool:
        """Everything, each once, and nothing else."""
        return not (self.missing or self.doubled or self.strange)


def compare(expected: Sequence[Hashable], found: Sequence[Hashable], maybe: Collection[Hashable] = ()) -> Completeness:
    """Compare the ids that a walk *found* with those *expected*, and those that *maybe* were still there."""
    counts, wanted = Counter(found), set(expected)
    return Completeness(
        missing=sum(1 for item in wanted if item not in counts),
        doubled=sum(count - 1 for count in counts.values()),
        strange=sum(1 for item in counts if item not in wanted and item not in maybe),
        in_order=list(dict.fromkeys(item for item in found if item in wanted)) == [i for i in expected if i in counts],
    )
