"""``im.notify*``: the caller's notifications, and writing some to others (docs/portal.md#notifications)."""

from collections.abc import Iterable, Sequence
from typing import Any

from ..php import values as php
from ..world.notices import CONFIRM, FROM_USER, SYSTEM, Notice
from . import shapes
from .calls import Answer, Context, Method, Params, RestError, numbers
from .recent import plain

_OTHERS = 3  # LAST_TYPE of what is no confirmation


def get(ctx: Context, params: Params) -> Answer:
    """``im.notify.get``: confirmations first, then the others; LAST_ID and LAST_TYPE go on from there."""
    notices = ctx.viewer.notices.ordered()
    if params.has("LAST_ID") != params.has("LAST_TYPE"):
        raise RestError("LAST_ID_AND_LAST_TYPE", "Parameters LAST_ID and LAST_TYPE should be used together.")
    wanted: Sequence[Notice] = notices
    if params.has("LAST_ID"):
        place = (params.integer("LAST_TYPE") != CONFIRM, -params.integer("LAST_ID"))
        wanted = [notice for notice in notices if (not notice.first, -notice.id) > place]
    page = wanted[: params.limit(50, 50)]
    return Answer(
        {
            "total_count": len(notices),
            "total_unread_count": ctx.viewer.notices.unread(),
            "chat_id": _chat_id(ctx),
            **_page(ctx, page, params),
        }
    )


def search(ctx: Context, params: Params) -> Answer:
    """``im.notify.history.search``: by text (3 characters or more), kinds, dates, authors; newest first."""
    text, kinds = params.text("SEARCH_TEXT").strip().casefold(), _kinds(params)
    authors, zone = set(numbers(params.raw.get("SEARCH_AUTHORS"))), ctx.world.clock.zone
    day, since, until = (
        php.day(params.raw.get(name), zone) for name in ("SEARCH_DATE", "SEARCH_DATE_FROM", "SEARCH_DATE_TO")
    )
    since, until = (since, until) if day is None else (day, day)
    if len(text) < 3 and not (kinds or authors or since or until):
        raise RestError("SEARCH_TEXT_ERROR", "SEARCH_TEXT can't be less than 3 symbols")
    found = [
        notice
        for notice in sorted(ctx.viewer.notices.ordered(), key=lambda notice: -notice.id)
        if (len(text) < 3 or text in notice.text.casefold())
        and (not kinds or f"{notice.module}|{notice.event}" in kinds or notice.module in kinds)
        and (not authors or notice.author_id in authors)
        and (since is None or notice.date >= since)
        and (until is None or notice.date < until + 86_400)
    ]
    last = params.integer("LAST_ID")
    page = [notice for notice in found if last <= 0 or notice.id < last][: params.limit(50, 50)]
    return Answer({"chat_id": _chat_id(ctx), "total_results": len(found), **_page(ctx, page, params)})


def personal_add(ctx: Context, params: Params) -> Answer:
    """``im.notify.personal.add`` (old name ``im.notify``): from the caller; one with the same TAG is replaced."""
    system = params.text("TYPE").upper() == "SYSTEM"
    return _add(ctx, params, 0 if system else ctx.me, SYSTEM if system else FROM_USER)


def system_add(ctx: Context, params: Params) -> Answer:
    """``im.notify.system.add``: from nobody."""
    return _add(ctx, params, 0, SYSTEM)


def delete(ctx: Context, params: Params) -> Answer:
    """``im.notify.delete``: by ID, TAG or SUB_TAG."""
    number = params.integer("ID")
    tag, sub_tag = (_tag(params, name) for name in ("TAG", "SUB_TAG"))
    if number <= 0 and not tag and not sub_tag:
        raise RestError("PARAMS_ERROR", "Incorrect params")
    ctx.viewer.notices.remove(number, tag=tag, sub_tag=sub_tag)
    return Answer(True)


def read(ctx: Context, params: Params) -> Answer:
    """``im.notify.read``: this one and all older, or with ONLY_CURRENT=Y only this one; ACTION=N takes it back."""
    number, on = params.integer("ID"), params.raw.get("ACTION") != "N"
    for notice in ctx.viewer.notices.ordered():
        if notice.id == number or (notice.id < number and not params.flag("ONLY_CURRENT")):
            notice.read = on
    return Answer(True)


def read_all(ctx: Context, params: Params) -> Answer:
    """``im.notify.read.all``."""
    for notice in ctx.viewer.notices.ordered():
        notice.read = True
    return Answer({"result": True, "newCounter": 0})


def read_list(ctx: Context, params: Params) -> Answer:
    """``im.notify.read.list``: IDS is an array."""
    raw = params.raw.get("IDS")
    if not isinstance(raw, (list, dict)):
        raise RestError("PARAMS_ERROR", "No IDS param or it is not an array")
    for number in numbers(raw):
        if (notice := ctx.viewer.notices.get(number)) is not None:
            notice.read = params.raw.get("ACTION") != "N"
    return Answer(True)


def confirm(ctx: Context, params: Params) -> Answer:
    """``im.notify.confirm``: one of its buttons; it is gone afterwards, so a repeat is an error."""
    if not (value := params.text("NOTIFY_VALUE")):
        raise RestError("NOTIFY_VALUE_ERROR", "Notification Value can't be empty")
    notice = _one(ctx, params)
    if notice.kind != CONFIRM or value not in notice.buttons:
        raise RestError("NOTIFY_VALUE_ERROR", "Notification Value is not one of its buttons")
    ctx.viewer.notices.remove(notice.id)
    return Answer({"result_message": ["Invitation accepted" if value == notice.buttons[0] else "Invitation declined"]})


def answer(ctx: Context, params: Params) -> Answer:
    """``im.notify.answer``: a text, to whom it came from."""
    if not params.text("ANSWER_TEXT").strip():
        raise RestError("ANSWER_TEXT_ERROR", "ANSWER_TEXT can't be empty")
    _one(ctx, params).read = True
    return Answer({"result_message": ["Your response has been successfully sent."]})


def schema(ctx: Context, params: Params) -> Answer:
    """``im.notify.schema.get``: what kinds there are."""
    kinds = {"rest": ("Applications", "rest_notify", "Applications"), "tasks": ("Tasks", "task_update", "Task Updates")}
    return Answer(
        {
            module: {"NAME": name, "MODULE_ID": module, "LIST": [{"ID": f"{module}|{event}", "NAME": title}]}
            for module, (name, event, title) in kinds.items()
        }
    )


def _add(ctx: Context, params: Params, author: int, kind: int) -> Answer:
    user_id, text = params.integer("USER_ID"), params.text("MESSAGE").strip()
    if user_id <= 0 or user_id not in ctx.world.users:
        raise RestError("USER_ID_EMPTY", "User ID can't be empty")
    if not text:
        raise RestError("MESSAGE_EMPTY", "Message can't be empty")
    tag, sub_tag = (_tag(params, name) for name in ("TAG", "SUB_TAG"))
    notice = Notice(ctx.world.number(), author, ctx.world.clock.seconds(), text, kind, tag=tag, sub_tag=sub_tag)
    ctx.world.viewer(user_id).notices.add(notice)
    return Answer(notice.id)


def _tag(params: Params, name: str) -> str:
    """A tag as it is kept: apart for every application."""
    return f"MP|{params.text('CLIENT_ID')}|{params.text(name)}" if params.text(name) else ""


def _one(ctx: Context, params: Params) -> Notice:
    notice = ctx.viewer.notices.get(params.integer("NOTIFY_ID"))
    if notice is None:
        raise RestError("NOTIFY_ID_ERROR", "Notification ID can't be empty")
    return notice


def _kinds(params: Params) -> set[str]:
    given = [*php.values(params.raw.get("SEARCH_TYPES")), params.raw.get("SEARCH_TYPE")]
    return {kind for kind in given if isinstance(kind, str) and kind}


def _chat_id(ctx: Context) -> int:
    return 500_000 + ctx.me


def _page(ctx: Context, notices: Iterable[Notice], params: Params) -> dict[str, Any]:
    page = list(notices)
    authors = dict.fromkeys(notice.author_id for notice in page if notice.author_id)
    people = [ctx.world.users.get(author) for author in authors]
    return {
        "notifications": [_shape(ctx, notice, params) for notice in page],
        "users": [shapes.user(ctx, person) for person in people if person is not None],
    }


def _shape(ctx: Context, notice: Notice, params: Params) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": notice.id,
        "chat_id": _chat_id(ctx),
        "author_id": notice.author_id,
        "date": ctx.world.clock.iso(notice.date),
        "notify_type": notice.kind,
        "notify_module": notice.module,
        "notify_event": notice.event,
        "notify_tag": notice.tag,
        "notify_sub_tag": notice.sub_tag,
        "notify_title": "",
        "setting_name": f"{notice.module}|{notice.event}",
        "text": plain(notice.text, html=True) if params.flag("CONVERT_TEXT") else notice.text,
        "notify_read": "Y" if notice.read else "N",
        "params": None,
    }
    if notice.buttons:
        shown["notify_buttons"] = [{"COMMAND": "notifyConfirm", "COMMAND_PARAMS": f"{notice.id}|{value}", "TEXT": value}
                                   for value in notice.buttons]  # fmt: skip
    return shown


METHODS: dict[str, Method] = {
    "im.notify": personal_add,
    "im.notify.answer": answer,
    "im.notify.confirm": confirm,
    "im.notify.delete": delete,
    "im.notify.get": get,
    "im.notify.history.search": search,
    "im.notify.personal.add": personal_add,
    "im.notify.read": read,
    "im.notify.read.all": read_all,
    "im.notify.read.list": read_list,
    "im.notify.schema.get": schema,
    "im.notify.system.add": system_add,
}
