"""PHP's forms: ``data[message][id]=5`` as nested mappings (docs/portal.md#webhook-body)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

_NAME = re.compile(r"(?P<first>[^\[]*)(?P<rest>(?:\[[^\[\]]*\])*)")
_DEEPEST = 32
_MOST = 10_000


def read_form(body: str) -> dict[str, Any]:
    """The fields of a form. Lists come as mappings by their places, as PHP itself tells no difference.

    Raises `ValueError` for more than 10,000 fields, names nested deeper than 32, or bytes that are no UTF-8.
    """
    form: dict[str, Any] = {}
    for name, value in parse_qsl(body, keep_blank_values=True, errors="strict", max_num_fields=_MOST):
        match = _NAME.fullmatch(name)
        keys = [name] if match is None else [match["first"], *re.findall(r"\[([^\[\]]*)\]", match["rest"])]
        if len(keys) > _DEEPEST:
            raise ValueError(f"expected names of at most {_DEEPEST} levels in the form")
        place = form
        for key in keys[:-1]:
            inner = place.get(key or str(len(place)))
            if not isinstance(inner, dict):  # PHP, too, lets the later one win
                inner = place[key or str(len(place))] = {}
            place = inner
        place[keys[-1] or str(len(place))] = value
    return form
