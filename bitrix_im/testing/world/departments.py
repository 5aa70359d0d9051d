"""The company's departments: who belongs to which, and who leads it."""

from collections.abc import Iterable

import attrs

from .records import User

_NAMES = ("Development", "Finance", "Marketing", "Sales", "Support", "Legal", "Human Resources")


@attrs.frozen
class Department:
    """A department."""

    id: int
    name: str
    full_name: str


DEPARTMENTS = {1: Department(1, "Company", "Company")} | {
    600 + place: Department(600 + place, f"{name} Department", f"{name} Department / Company")
    for place, name in enumerate(_NAMES)
}


def departments_of(user: User) -> list[int]:
    """Ids of a user's departments; extranet users and bots are in none."""
    return [] if user.extranet or user.bot else [1, 600 + user.id % len(_NAMES)]


def members(users: Iterable[User], department_id: int) -> list[User]:
    """Who works there, by id."""
    staff = (user for user in users if user.active and not user.deleted and department_id in departments_of(user))
    return sorted(staff, key=lambda user: user.id)


def managers(users: Iterable[User], department_id: int) -> list[User]:
    """Who leads it: the one who has been there longest."""
    return members(users, department_id)[:1]
