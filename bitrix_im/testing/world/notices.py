"""Notifications: each user's own, confirmations and others."""

import attrs

CONFIRM, FROM_USER, SYSTEM = 1, 2, 4


@attrs.define
class Notice:
    """A notification as the portal stores it."""

    id: int
    author_id: int
    date: int
    text: str
    kind: int
    module: str = "rest"
    event: str = "rest_notify"
    tag: str = ""
    sub_tag: str = ""
    read: bool = False
    buttons: tuple[str, ...] = ()
    """Values that confirm or refuse it."""

    @property
    def first(self) -> bool:
        """Whether it comes before the others: confirmations do."""
        return self.kind == CONFIRM


class Notices:
    """The notifications of one user."""

    def __init__(self) -> None:
        self._kept: dict[int, Notice] = {}

    def add(self, notice: Notice) -> None:
        """Put in a notification; it replaces the one with the same tag."""
        if notice.tag:
            self.remove(tag=notice.tag)
        self._kept[notice.id] = notice

    def get(self, number: int) -> Notice | None:
        """A notification by its id."""
        return self._kept.get(number)

    def ordered(self) -> list[Notice]:
        """All of them: confirmations first, then the others, each newest first."""
        return sorted(self._kept.values(), key=lambda notice: (not notice.first, -notice.id))

    def remove(self, number: int = 0, *, tag: str = "", sub_tag: str = "") -> None:
        """Delete by id, by tag or by the tag below it."""
        self._kept = {
            notice.id: notice
            for notice in self._kept.values()
            if not (notice.id == number or (tag and notice.tag == tag) or (sub_tag and notice.sub_tag == sub_tag))
        }

    def unread(self) -> int:
        """How many are unread."""
        return sum(not notice.read for notice in self._kept.values())
