"""``im.department.*``: the company's departments, who works in them, who leads them."""

from collections.abc import Callable, Iterable
from typing import Any

from ..php import values as php
from ..world.departments import DEPARTMENTS, Department, departments_of, managers, members
from ..world.records import User
from . import shapes
from .calls import Answer, Context, Method, Params, RestError, numbers


def shape(ctx: Context, department: Department, params: Params) -> dict[str, Any]:
    """A department, with its manager where USER_DATA=Y asks for them."""
    leaders = managers(ctx.world.users.values(), department.id)
    shown: dict[str, Any] = {
        "id": department.id,
        "name": department.name,
        "full_name": department.full_name,
        "manager_user_id": leaders[0].id if leaders else 0,
    }
    if params.flag("USER_DATA"):
        shown["manager_user_data"] = shapes.user(ctx, leaders[0]) if leaders else None
    return shown


def get(ctx: Context, params: Params) -> Answer:
    """``im.department.get``: a list; unknown ids are left out."""
    raw = params.raw.get("ID")
    if not isinstance(raw, (list, dict)) or not raw:
        raise RestError("INVALID_FORMAT", "A wrong format for the ID field is passed")
    return Answer([shape(ctx, DEPARTMENTS[number], params) for number in numbers(raw) if number in DEPARTMENTS])


def colleagues(ctx: Context, params: Params) -> Answer:
    """``im.department.colleagues.list``: who shares a department with the caller (docs/portal.md#colleagues)."""
    me = ctx.world.users[ctx.me]
    if me.extranet:
        raise RestError("ACCESS_ERROR", "Only intranet users have access to this method.", 403)
    mine, people = set(departments_of(me)), ctx.world.users.values()
    found = {user.id: user for number in sorted(mine) for user in members(people, number) if user.id != ctx.me}
    limit, offset = params.limit(10, 50), params.offset()
    page = [found[number] for number in sorted(found)][offset : offset + limit]
    following = offset + limit
    return Answer(_shown(ctx, page, params), len(found), following if following < len(found) else None)


def employees(ctx: Context, params: Params) -> Answer:
    """``im.department.employees.get``: ids or users by department."""
    return _by_department(ctx, params, members)


def leaders(ctx: Context, params: Params) -> Answer:
    """``im.department.managers.get``: ids or users by department."""
    return _by_department(ctx, params, managers)


def _by_department(ctx: Context, params: Params, pick: Callable[[Iterable[User], int], list[User]]) -> Answer:
    wanted = numbers(params.raw.get("ID")) or ([params.integer("ID")] if params.integer("ID") > 1 else [])
    if not wanted:
        raise RestError("ID_EMPTY", "Department ID can't be empty")
    people = ctx.world.users.values()
    found = {number: _shown(ctx, pick(people, number), params) for number in wanted if number in DEPARTMENTS}
    return Answer(php.array(found))


def _shown(ctx: Context, people: list[User], params: Params) -> list[Any]:
    return [shapes.user(ctx, user) if params.flag("USER_DATA") else user.id for user in people]


METHODS: dict[str, Method] = {
    "im.department.colleagues.list": colleagues,
    "im.department.employees.get": employees,
    "im.department.get": get,
    "im.department.managers.get": leaders,
}
