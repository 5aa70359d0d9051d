"""The generator: for each model one function that fills it straight down, made once, from the plan of its fields.

`source` writes it. It is registered with `linecache`, so that tracebacks and debuggers show it.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Any, NoReturn, get_args, get_origin

import attrs

from .field import Plan, Shape, plan_of, runs_of
from .frozen import EMPTY, FrozenDict
from .source import model_or_none, source_of
from .values import NOT_READ, Reader, Wrong, is_nothing, sequence, without_offset

# Gives the reader of a type.
Readers = Callable[[Any], Reader]


def file_name(cls: type) -> str:
    """Under what name a debugger shows the function of a model."""
    return f"<read {cls.__qualname__}>"


def compile_model(cls: type[attrs.AttrsInstance], reader_of: Readers, shape: Shape | None = None) -> Reader:
    """Make the function that reads a *cls* from decoded JSON, which may have another *shape* than usual.

    It fills an instance of a thawed subclass, which has the same slots but the plain ``__setattr__``, then turns it
    into the *cls* that it is to be: the ``__init__`` of a frozen class takes three times as long. The fields that
    usually come are looked up at once, the others one by one while data has more fields than were found. Where a
    usual one is missing, it starts again with the data completed.
    """
    plans = plan_of(cls, shape)
    beside = shape.beside if shape is not None else ()
    coming = [plan for plan in plans if plan.key is not None]
    names = _names(cls, plans, reader_of, beside)
    runs = runs_of(coming)
    for number, (usually, run) in enumerate(runs):
        if usually:
            keys = [plan.key for plan in run] + (list(beside) if not number else [])
            names[f"get_{number}"] = itemgetter(*keys)
    rare = {alias for usually, run in runs if not usually for plan in run for alias in plan.aliases}
    names["rare_aliases"] = frozenset(rare)
    name = file_name(cls) if shape is None else f"{file_name(cls)} {id(shape):x}"
    source = source_of(plans, runs, beside=len(beside), has_rare_aliases=bool(rare), has_join=hasattr(cls, "_join"))
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(source, name, "exec"), names)  # noqa: S102
    reader: Reader = names["read"]
    return reader


def _names(
    cls: type[attrs.AttrsInstance], plans: list[Plan], reader_of: Readers, beside: tuple[str, ...]
) -> dict[str, Any]:
    """Everything that the generated function refers to."""
    plain = {"__init__": object.__init__, "__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    keys = [plan.key for plan in plans if plan.key is not None]
    names: dict[str, Any] = {
        "Model": cls,
        "Thawed": type(cls.__name__, (cls,), {"__slots__": (), **plain}),
        "Wrong": Wrong,
        "NOT_READ": NOT_READ,
        "missing": _missing,
        "put_down": _put_down,
        "known": frozenset([*keys, *beside, *(alias for plan in plans for alias in plan.aliases)]),
        "EMPTY": EMPTY,
        "extra_of": _extra_of,
        "complete": partial(_complete, cls, plans, beside),
        "parse": datetime.fromisoformat,
        "without_offset": without_offset,
        "all_int": frozenset({int}).issuperset,
        "all_str": frozenset({str}).issuperset,
        "Frozen": FrozenDict,
    }
    for plan in plans:
        is_factory = isinstance(plan.default, attrs.Factory)  # type: ignore[arg-type]
        names[f"default_{plan.name}"] = plan.default.factory if is_factory else plan.default
        if plan.key is not None:
            names[f"unless_{plan.name}"] = plan.unless
            names[f"reader_{plan.name}"] = _prepared(plan, plan.reader or _reader_of(plan, reader_of))
            if model := model_or_none(plan):
                names[f"model_{plan.name}"] = reader_of(model)
    return names


def _reader_of(plan: Plan, reader_of: Readers) -> Reader:
    if plan.shape is None:
        return reader_of(plan.kind)
    make, (member, *_) = get_origin(plan.kind), get_args(plan.kind)
    one, is_nobody = compile_model(member, reader_of, plan.shape), getattr(member, "_is_nobody", lambda data: False)

    def somebody(value: Any, _: Any) -> Any:
        return None if value.__class__ is dict and is_nobody(value) else one(value, None)

    return lambda value, _: sequence(value, somebody, make, of_objects=True)


def _prepared(plan: Plan, reader: Reader) -> Reader:
    prepare = plan.prepare
    return reader if prepare is None else lambda value, _: reader(prepare(value), None)


# What the generated function calls:


def _missing(cls: type, field: str) -> NoReturn:
    raise Wrong(f"{cls.__name__}.{field}", None)


def _put_down(error: ValueError, data: dict[str, Any], at: str) -> Wrong:
    """The error of the field that is called *at*, with its place."""
    wrong = error if isinstance(error, Wrong) else Wrong("a date", data[at])
    wrong.where.append("." + at)
    wrong.read = NOT_READ
    return wrong


def _extra_of(data: dict[str, Any], known: frozenset[str], odd: tuple[str, ...]) -> Mapping[str, Any]:
    extra = {key: value for key, value in data.items() if key not in known or key in odd}
    return FrozenDict(extra) if extra else EMPTY


def _complete(cls: type, plans: Iterable[Plan], beside: Iterable[str], data: Any) -> dict[str, Any]:
    """Give data every known field, under its name of today, ``null`` where it has none."""
    if type(data) is not dict:
        if not is_nothing(data):
            raise Wrong(f"an object ({cls.__name__})", data)
        data = {}
    whole = {**{plan.key: None for plan in plans if plan.key is not None}, **data}
    for plan in plans:
        for alias in plan.aliases:
            before = whole.pop(alias, None)
            if plan.key is not None and whole[plan.key] is None:
                whole[plan.key] = before
    return {**dict.fromkeys(beside), **whole}
