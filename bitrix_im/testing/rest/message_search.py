"""``im.dialog.messages.search``: by text or date, or a walk by (date, id) (docs/portal.md#message-search)."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from ..php import values as php
from ..world.drafts import Message
from ..world.records import Chat
from . import shapes
from .calls import Answer, Context, Method, Params, RestError, accessible

_DAY = 86_400


def search(ctx: Context, params: Params) -> Answer:
    """A page of messages in camelCase, newest first or oldest first."""
    if params.integer("CHAT_ID") <= 0:
        raise RestError("CHAT_ID_EMPTY", "CHAT_ID can't be empty")
    seat = accessible(ctx, params)
    chat, ascending = seat.chat, _ascending(params)
    found = _beyond(ctx, _in_order(chat, seat.visible_ids()), params.integer("LAST_ID"), ascending=ascending)
    posts = _matching(chat, found, params, _period(ctx, params), params.limit(50, 200))
    return Answer(
        {
            "messages": [_shape(ctx, chat, post) for post in posts],
            "users": [
                shapes.user_v2(ctx, person)
                for author in dict.fromkeys(post.author_id for post in posts)
                if (person := ctx.world.users.get(author)) is not None and not person.deleted
            ],
            "files": shapes.page_files(ctx, chat, posts),
            "additionalMessages": [],
            "copilot": None,
            "stickers": [],
            "reactions": [],
            "tariffRestrictions": {"isHistoryLimitExceeded": False},
            "usersShort": [],
        }
    )


def _ascending(params: Params) -> bool:
    order = params.raw.get("ORDER")
    names = {str(name).upper(): value for name, value in order.items()} if isinstance(order, dict) else {}
    return str(names.get("ID")).upper() == "ASC"


_Ordered = tuple[Sequence[int], Sequence[int]]
_ORDERED: WeakKeyDictionary[Chat, tuple[bytes, bytes, _Ordered]] = WeakKeyDictionary()


def _in_order(chat: Chat, ids: Sequence[int]) -> _Ordered:
    """Dates and ids by (date, id), which is not by id where messages were imported. Kept until one of them changes."""
    numbers, dates = array("q", ids), chat.dates[len(chat.ids) - len(ids) :]
    now = numbers.tobytes(), dates.tobytes()
    known = _ORDERED.get(chat)
    if known is None or known[:2] != now:
        pairs = sorted(zip(dates, numbers, strict=True))
        known = *now, (array("q", [date for date, _ in pairs]), array("q", [number for _, number in pairs]))
        _ORDERED[chat] = known
    return known[2]


def _beyond(ctx: Context, found: tuple[Sequence[int], Sequence[int]], last: int, *, ascending: bool) -> Iterator[int]:
    """What LAST_ID leaves, in the direction asked for: by id **and** by the date of the nearest id of the portal.

    Where ids and dates disagree a message at a seam is skipped (docs/portal.md#message-search-seam).
    """
    dates, ids = found
    date = _nearest_date(ctx.world.chats.values(), last) if last > 0 else 0
    if ascending:
        first = bisect_left(dates, date) if last > 0 else 0
        return (ids[place] for place in range(first, len(ids)) if ids[place] > last)
    end = bisect_right(dates, date) if last > 0 else len(ids)
    return (ids[place] for place in range(end - 1, -1, -1) if last <= 0 or ids[place] < last)


def _nearest_date(chats: Iterable[Chat], message_id: int) -> int:
    """The date of the message with that id, or the next one after it, whosever it is."""
    nearest: tuple[int, int] | None = None
    for chat in chats:
        index = bisect_left(chat.ids, message_id)
        if index < len(chat.ids) and (nearest is None or chat.ids[index] < nearest[0]):
            nearest = chat.ids[index], chat.dates[index]
    return 2**62 if nearest is None else nearest[1]


def _period(ctx: Context, params: Params) -> tuple[float, float]:
    """Seconds that DATE, DATE_FROM and DATE_TO allow, the first day's beginning and the last one's end included."""
    zone = ctx.world.clock.zone
    day = php.day(params.raw.get("DATE"), zone)
    if day is not None:
        return day, day + _DAY
    since, until = (php.day(params.raw.get(name), zone) for name in ("DATE_FROM", "DATE_TO"))
    return (float("-inf") if since is None else since), (float("inf") if until is None else until + _DAY)


def _matching(chat: Chat, ids: Iterable[int], params: Params, period: tuple[float, float], limit: int) -> list[Message]:
    """The first *limit* messages that hold the text (of more than 2 characters) and are of the period."""
    text = params.text("SEARCH_MESSAGE").strip().casefold()
    wanted = text if len(text) > 2 else ""
    posts: list[Message] = []
    for post in chat.messages(ids):
        if len(posts) == limit:
            break
        if period[0] <= post.date < period[1] and wanted in post.text.casefold():
            posts.append(post)
    return posts


def _shape(ctx: Context, chat: Chat, post: Message) -> dict[str, Any]:
    unread = post.id > ctx.seat(chat).read_id and post.author_id != ctx.me
    return shapes.message_v2(ctx, chat, post) | {
        "chat_id": chat.id,
        "author_id": post.author_id,
        "uuid": post.uuid,
        "block": None,
        "unread": unread,
        "viewed": not unread,
        "viewedCount": 0,
    }


METHODS: dict[str, Method] = {"im.dialog.messages.search": search}
