"""``im.recent.list`` and ``im.recent.get``: the list of dialogs."""

from typing import Any

from ..world.drafts import Message
from ..world.records import Row, Seat
from ..world.rows import RowFilter
from ..world.viewer import recent_since
from . import recent_old, shapes
from .calls import Answer, Context, Method, Params

_ROLE = {
    "code": "copilot_assistant",
    "name": "BitrixGPT",
    "desc": "Ready to answer all questions in a general format",
    "avatar": {"small": "https://cdn.bitrix24.test/ai/64.png", "medium": "", "large": ""},
    "default": True,
    "prompts": [
        {"code": "letter", "promptType": "default", "title": "A letter", "text": "Write a letter", "isNew": False}
    ],
}


def recent_list(ctx: Context, params: Params) -> Answer:
    """A page of LIMIT rows from OFFSET; rows may be dropped or collapse, so items can be fewer."""
    limit, offset = params.limit(50, 200), params.offset()
    until = _until(ctx, params)
    wanted = RowFilter(
        skip_openlines=params.flag("SKIP_OPENLINES"),
        skip_dialog=params.flag("SKIP_DIALOG"),
        skip_chat=params.flag("SKIP_CHAT"),
        unread_only=params.flag("UNREAD_ONLY"),
        only_copilot=params.flag("ONLY_COPILOT"),
        only_channel=params.flag("ONLY_CHANNEL"),
        can_manage_messages=params.flag("CAN_MANAGE_MESSAGES"),
        last_message_date=until,
    )
    found = ctx.viewer.rows.select(wanted, ctx.random if ctx.quirks.shuffle_ties else None)
    start = 0 if until is not None else offset  # with LAST_MESSAGE_DATE the server ignores OFFSET
    rows = found[start : start + limit]
    items: list[Any] = list(_items(ctx, rows, params))
    if not any(map(params.flag, ("SKIP_UNDISTRIBUTED_OPENLINES", "SKIP_OPENLINES", "ONLY_COPILOT"))):
        items += _queue(ctx, params)
    more = len(rows) == limit
    copilots = {item["chat_id"]: "copilot_assistant" for item in items if item and _kind(item) == "copilot"}
    result: dict[str, Any] = {
        "items": items,
        "hasMorePages": more,
        "hasMore": more,
        "copilot": {
            "chats": [{"dialogId": f"chat{number}", "role": role} for number, role in copilots.items()] or None,
            "messages": None,
            "roles": {"copilot_assistant": _ROLE} if copilots or not offset else None,
            "recommendedRoles": ["copilot_assistant", "smm_manager"] if not offset else None,
        },
        "messagesAutoDeleteConfigs": [],
    }
    if until is None and not params.flag("UNREAD_ONLY"):
        result["birthdayList"] = []
    # next counts items, not rows, and total knows nothing: both lead astray whoever follows them
    following = offset + (len(items) if ctx.quirks.wrong_next else limit)
    return Answer(result, -1 if ctx.quirks.wrong_next else len(found), following if more else None)


def recent_get(ctx: Context, params: Params) -> Answer:
    """Everything that changed in 30 days, or since a date at most 7 days back: a bare list, not paged."""
    zone = ctx.world.clock.zone
    asked = params.moment("LAST_UPDATE", zone)  # the alias wins
    if asked is None:
        asked = params.moment("LAST_SYNC_DATE", zone)
    wanted = RowFilter(
        skip_openlines=params.flag("SKIP_OPENLINES"),
        skip_dialog=params.flag("SKIP_DIALOG"),
        skip_chat=params.flag("SKIP_CHAT"),
        only_openlines=params.flag("ONLY_OPENLINES"),
        unlisted=True,
        updated_since=recent_since(ctx.world.clock, asked),
    )
    rows = ctx.viewer.rows.select(wanted, ctx.random if ctx.quirks.shuffle_ties else None)
    items = _items(ctx, rows, params)
    return Answer([recent_old.item(entry) for entry in items] if ctx.quirks.revision < 19 else items)


def _until(ctx: Context, params: Params) -> int | None:
    """LAST_MESSAGE_DATE, or its other name (docs/portal.md#recent-by-date)."""
    zone = ctx.world.clock.zone
    asked = params.moment("LAST_MESSAGE_DATE", zone)
    return params.moment("DATE_LAST_ACTIVITY", zone) if asked is None else asked


def _items(ctx: Context, rows: list[Row], params: Params) -> list[dict[str, Any]]:
    """Items of the rows that are shown; rows of one dialog collapse into its first.

    An empty row's place is taken by the one with the message (docs/portal.md#recent-two-rows).
    """
    items: dict[int, dict[str, Any]] = {}
    for row in rows:
        if row.seat is None:
            continue
        number = row.seat.chat.id
        if number not in items or (items[number]["message"]["id"] == 0 and not row.empty):
            items[number] = _item(ctx, row, row.seat, params)
    return list(items.values())


def _item(ctx: Context, row: Row, seat: Seat, params: Params) -> dict[str, Any]:
    iso, chat = ctx.world.clock.iso, seat.chat
    last = chat.message(chat.last_id) if chat.ids and not row.empty else None
    private, partner = chat.private, seat.partner
    core = shapes.chat_core(ctx, chat)
    item: dict[str, Any] = {
        "id": shapes.numeric_id(ctx, partner) if private else f"chat{chat.id}",
        "chat_id": chat.id,
        "type": "user" if private else "chat",
        "avatar": {"url": "", "color": shapes.color(partner if private else chat.id)},
        "title": core["name"],
        "message": _message(ctx, seat, last, row.date, params),
        "counter": seat.unread(),
        "last_id": min(seat.read_id, chat.last_id),
        **shapes.row_flags(row),
        "date_update": iso(row.updated),
        "date_last_activity": iso(row.date),
        "chat": {key: core[key] for key in ("text_field_enabled", "background_id", "mute_list")} if private else core,
        "user": _user(ctx, seat, last),
        "options": {"default_user_record": True} if private and partner % 7 == 3 else [],
    }
    if chat.kind == "lines":
        item["lines"] = {"id": chat.id * 3, "status": 5, "date_create": iso(chat.created)}
    if private and ctx.quirks.user_shapes and item["user"] == []:
        item["avatar"] = item["title"] = []
    if ctx.quirks.missing_fields and chat.kind in ("channel", "openChannel"):
        del item["counter"]
    return item


def _message(ctx: Context, seat: Seat, last: Message | None, date: int, params: Params) -> dict[str, Any]:
    """The newest message as a list item has it."""
    if last is None:
        last = Message(0, 0, date, "")
    text = last.text if params.flag("GET_ORIGINAL_TEXT") else plain(last.text, html=params.flag("PARSE_TEXT"))
    attached: bool | dict[str, str] = False
    if last.file_ids:
        attached = {"type": "image", "name": f"image{last.file_ids[0]}.png"} if last.id % 2 else True
    shown = {
        "id": last.id,
        "text": text,
        "file": attached,
        "author_id": last.author_id,
        "attach": ("details" if last.id % 2 else True) if "ATTACH" in last.params else False,
        "sticker": {"id": 3, "packId": 1, "packType": "vendor"} if last.sticker else None,
        "date": ctx.world.clock.iso(last.date),
        "status": "received" if last.id > seat.read_id else "delivered",
        "uuid": last.uuid,
    }
    if ctx.quirks.missing_fields and last.uuid is None and last.id % 2:
        del shown["uuid"]
    return shown


def plain(text: str, *, html: bool) -> str:
    """Text with its BB codes taken out, or turned into HTML."""
    for code, tag in (("[B]", "<b>"), ("[/B]", "</b>"), ("[/URL]", "</a>")):
        text = text.replace(code, tag if html else "")
    before, opened, rest = text.partition("[URL=")
    url, _, label = rest.partition("]")
    if opened:
        text = f'{before}<a href="{url}">{label}' if html else before + label
    return text


def _user(ctx: Context, seat: Seat, last: Message | None) -> Any:
    """The other user of a private dialog, else the newest message's author; absent ones as ``{"id": 0}`` or ``[]``."""
    chat = seat.chat
    person = ctx.world.users.get(seat.partner if chat.private else last.author_id if last else 0)
    if not ctx.quirks.user_shapes:
        return shapes.user(ctx, person) if person else {"id": 0}
    if person is None or person.deleted:
        return [] if not chat.private and chat.id % 10 == 1 else {"id": 0}
    return [] if person.shapeless else shapes.user(ctx, person)


def _queue(ctx: Context, params: Params) -> list[dict[str, Any] | None]:
    """The queue's open lines, appended to every page without last_id, date_last_activity and options."""
    lines: list[dict[str, Any] | None] = []
    for chat in ctx.world.lines_waiting:
        seat = ctx.seat(chat)
        item = _item(ctx, Row(seat, chat.dates[-1] if chat.dates else chat.created, 0), seat, params)
        for name in ("last_id", "date_last_activity", "options"):
            del item[name]
        lines.append(item)
    if lines and ctx.quirks.null_items:
        lines.insert(len(lines) // 2, None)
    return lines


def _kind(item: dict[str, Any]) -> Any:
    return item["chat"].get("type")


METHODS: dict[str, Method] = {"im.recent.get": recent_get, "im.recent.list": recent_list}
