"""Departments of the company."""

from __future__ import annotations

import attrs

from .base import Model
from .user import User


@attrs.frozen(kw_only=True, repr=False)
class Department(Model):
    """A department."""

    _brief = ("id", "name")

    id: int
    name: str = ""
    full_name: str = ""
    """With the departments above it: ``"Sales / North / My company"``."""
    manager_user_id: int = 0
    """Its head, 0 when there is none."""
    manager_user_data: User | None = None
    """Its head as a user."""
