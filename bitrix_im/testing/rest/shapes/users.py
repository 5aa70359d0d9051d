"""JSON shapes of users, after the official response examples."""

from typing import Any

from ...world.departments import departments_of
from ...world.records import User
from ..calls import Context

_COLORS = ("#1eb4aa", "#4ba984", "#df532d", "#ab7761", "#3e99ce", "#f76187", "#58cc47", "#048bd0")
_POSITIONS = ("Tester", "Manager", "Analyst", "", "IT Specialist", "Руководитель отдела")


def color(number: int) -> str:
    """The colour that an id gets."""
    return _COLORS[number % len(_COLORS)]


def user(ctx: Context, person: User) -> dict[str, Any]:
    """A user in full, with ``false`` where PHP has no date."""
    number, dice = person.id, person.id % 12
    iso = ctx.world.clock.iso
    now = ctx.world.clock.seconds()
    avatar = f"https://cdn.bitrix24.test/avatar/{number}.png" if dice % 3 == 0 else ""
    kind = "bot" if person.bot else "extranet" if person.extranet else "user"
    return {
        "id": number,
        "active": person.active,
        "name": person.name,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "work_position": _POSITIONS[number % len(_POSITIONS)],
        "color": color(number),
        "avatar": avatar,
        "avatar_hr": avatar or "/bitrix/js/im/images/blank.gif",
        "gender": "MF"[number % 2],
        "birthday": ("", "", "08-03", False, "", "15-11")[number % 6],
        "extranet": person.extranet,
        "network": False,
        "bot": person.bot,
        "connector": False,
        "external_auth_id": "bot" if person.bot else "socservices" if dice % 2 else "default",
        "status": person.status,
        "idle": _idle(ctx, person),
        "last_activity_date": False if dice == 11 else iso(now - 60 * (number % 600)),
        "mobile_last_date": iso(now - 3600) if dice == 5 else False,
        "desktop_last_date": iso(now - 7200) if dice == 6 else False,
        "absent": iso(now + 86_400 * 7) if dice == 7 else False,
        "departments": departments_of(person),
        "phones": {"work_phone": f"+7495{number:07d}", "inner_phone": str(number % 900)} if dice in (2, 3) else False,
        "bot_data": _bot_data(ctx, number) if person.bot else None,
        "type": kind,
        "website": "",
        "email": "" if person.bot else f"user{number}@example.com",
    } | person.look


def numeric_id(ctx: Context, number: int) -> int | str:
    """A user's id as a list item has it: int, or a numeric string."""
    return str(number) if ctx.quirks.php_numbers and number % 3 == 0 else number


def _bot_data(ctx: Context, number: int) -> dict[str, Any]:
    bot = ctx.world.bots.get(number)
    return {
        "code": f"bot_{number}" if bot is None else bot.code,
        "type": "bot" if bot is None else bot.kind,
        "app_id": "local.app",
        "is_hidden": bot is not None and bot.hidden,
        "is_support_openline": bot is not None and bot.openlines,
    }


def _idle(ctx: Context, person: User) -> str | bool:
    """Since when they do nothing; false while they do."""
    since = person.idle_since
    if since is None and person.id % 12 == 4:
        since = ctx.world.clock.seconds() - 900
    return False if since is None else ctx.world.clock.iso(since)
