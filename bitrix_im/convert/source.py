"""The source of the function that fills a model, line by line.

A value of the kind that the server nearly always sends is taken by a test in place; anything else goes to a reader that
knows PHP's habits or raises. What a field's wrong value does is up to the field: see `field.wired`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import attrs

from .field import Plan, Run


def source_of(plans: list[Plan], runs: list[Run], *, beside: int = 0, has_rare_aliases: bool, has_join: bool) -> str:
    """The source of the function that fills a model; as many keys as *beside* come with the first run, for nothing."""
    lines = _lines(plans, runs, beside=beside, has_rare_aliases=has_rare_aliases, has_join=has_join)
    return "\n".join(lines) + "\n"


def _lines(plans: list[Plan], runs: list[Run], *, beside: int, has_rare_aliases: bool, has_join: bool) -> Iterator[str]:
    rest = {plan.name: _default(plan) for plan in plans}  # what is not filled yet
    ready = ["o.__class__ = Model", *(["o._join()"] if has_join else []), "return o"]
    yield "def read(data, _=None, int=int, str=str, list=list, dict=dict):"
    yield "    if data.__class__ is not dict:"
    yield "        data = complete(data)"
    yield "    o = Thawed()"
    yield "    found = 0"
    yield "    odd = ()"
    yield "    at = ''"
    yield "    try:"
    usual = 0
    for number, (usually, run) in enumerate(runs):
        if usually:
            names = [f"v_{plan.name}" for plan in run] + ["_"] * (0 if number else beside)
            usual += len(names)
            yield f"        {', '.join(names)} = get_{number}(data)"
        for plan in run:
            if not usually:
                yield f"        v_{plan.name} = data.get({plan.key!r})"
            yield from _indented(8, _fill(plan, usually=usually))
            del rest[plan.name]
        yield f"        if len(data) == {usual} + found and not odd:"
        yield from _indented(12, [*_fill_rest(rest), "o.extra = EMPTY", *ready])
    yield "    except KeyError:"
    yield "        return read(complete(data))"
    yield "    except ValueError as error:"
    yield "        raise put_down(error, data, at) from None"
    if has_rare_aliases:
        yield "    if not rare_aliases.isdisjoint(data):"
        yield "        return read(complete(data))"
    yield from _indented(4, _fill_rest(rest))
    yield "    o.extra = extra_of(data, known, odd)"
    yield from _indented(4, ready)


def _indented(by: int, lines: Iterable[str]) -> Iterator[str]:
    return (" " * by + line for line in lines)


def _fill_rest(rest: Mapping[str, str]) -> list[str]:
    return [f"o.{name} = {default}" for name, default in rest.items()]


def _default(plan: Plan) -> str:
    """The expression of a field's default."""
    if plan.default is attrs.NOTHING:
        return f"missing(Model, {plan.name!r})"
    if isinstance(plan.default, attrs.Factory):  # type: ignore[arg-type]
        return f"default_{plan.name}({'o' if plan.default.takes_self else ''})"
    return f"default_{plan.name}"


def _fill(plan: Plan, *, usually: bool) -> Iterator[str]:
    """The lines that fill a field from ``v_{name}``."""
    name, default = plan.name, _default(plan)
    words = {"v": f"v_{name}", "reader": f"reader_{name}", "model": f"model_{name}", "default": default}
    cases = list(_usual(plan))
    if plan.default is attrs.NOTHING:  # not even [] and false are its default
        cases = [(test, value) for test, value in cases if value != "{default}"]
    cases.append(("{v} is None", "{default}"))
    if NoneType in members(plan.kind) or not usually:
        cases.insert(0, cases.pop())
    cases.append(("", "{reader}({v}, None)"))
    lines = []
    for number, (test, value) in enumerate(cases):
        word = "if" if number == 0 else "elif" if test else "else"
        lines.append(f"{word} {test}:".replace(" :", ":").format(**words))
        made = value.format(**words)
        if plan.strict and "(" in made:
            lines.append(f"    at = {plan.key!r}")
        lines.append(f"    o.{name} = {made}")
        if not usually and number > 0:
            lines.append("    found += 1")
    if plan.strict and plan.unless is None:
        yield from lines
        return
    yield "try:"
    yield from _indented(4, lines)
    yield "except ValueError as error:"
    if plan.strict:
        yield f"    if not unless_{name}(v_{name}):"
        yield "        raise"
    yield f"    o.{name} = getattr(error, 'read', NOT_READ)"
    yield f"    if o.{name} is NOT_READ:"
    yield f"        o.{name} = {default}"
    yield f"    odd += ({plan.key!r},)"


_AS_IT_IS = {int: "{v}.__class__ is int", str: "{v}.__class__ is str", bool: "{v} is False or {v} is True"}


def _usual(plan: Plan) -> Iterator[tuple[str, str]]:
    """Tell the values that a field nearly always has: a test of ``v``, and what it becomes."""
    kind = plan.kind
    for member in members(kind):
        if member in _AS_IT_IS:
            yield _AS_IT_IS[member], "{v}"
        elif member is datetime:
            yield "{v} is False", "{default}"
            yield "{v}.__class__ is str and {v}", "m if (m := parse({v})).tzinfo else without_offset({v})"
    if kind == tuple[int, ...]:
        yield "{v}.__class__ is list and all_int(map(type, {v}))", "tuple({v})"
    elif kind == tuple[str, ...]:
        yield "{v}.__class__ is list and all_str(map(type, {v}))", "tuple({v})"
    elif kind == Mapping[str, str]:
        yield "{v}.__class__ is dict and all_str(map(type, {v}.values()))", "Frozen({v})"
    elif model_or_none(plan):
        yield "{v}.__class__ is dict and {v}", "{model}({v})"
        yield "{v} is False or {v} == ''", "None"
    elif attrs.has(kind):
        yield "{v}.__class__ is dict", "{reader}({v}, None)"
    if get_origin(kind) in (tuple, frozenset, Mapping) or attrs.has(kind):
        yield "{v}.__class__ is list and not {v}", "{default}"


def model_or_none(plan: Plan) -> Any:
    """Give the ``X`` of ``X | None``, where reading it takes no more than a look whether it is there."""
    model = next(filter(attrs.has, members(plan.kind)), None)
    if model is None or plan.kind != model | NoneType or plan.reader or plan.prepare:
        return None
    return None if hasattr(model, "_is_nobody") else model


def members(kind: Any) -> tuple[Any, ...]:
    """The types that a type is one of."""
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
