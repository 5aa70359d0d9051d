"""What a model's field may say of itself, and the plan that follows from it.

A field says in its annotation how it comes over the wire, where that is not plain from its name and type::

    file_ids: Annotated[tuple[int, ...], wired("FILE_ID", one_or_many(whole_number))] = ()

A class says by class variables what is true of all its fields:

``_spelled``
    how names are spelled on the wire (`camel_case`, ``str.upper``), as in Python where not told;
``_also_spelled``
    another spelling that some answers use.

and by methods what its parts know of each other:

``_is_nobody(data)``
    whether an object of the wire stands for nothing at all (static);
``_prepare(data)``
    the object as it should have come (static);
``_join()``
    called once on each new instance that came over the wire.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, get_args, get_origin

import attrs

from .values import Reader


@attrs.frozen(eq=False)
class Shape:
    """Another shape in which some answers have a model, read by a function of its own, as fast as the usual one.

    ``fields`` gives the keys of the fields that come, by their names: all others are at their defaults. ``beside`` are
    keys that come as well and are left out: they repeat a field, or are not wanted.
    """

    fields: Mapping[str, str]
    beside: tuple[str, ...] = ()


@attrs.frozen
class Wire:
    """How a field comes over the wire: made by `wired`."""

    name: str | None = None
    reader: Reader | None = None
    prepare: Callable[[Any], Any] | None = None
    old: tuple[str, ...] = ()
    strict: bool = False
    unless: Callable[[Any], bool] | None = None
    run: str | None = None
    comes: bool = True
    shape: Shape | None = None


def wired(
    name: str | None = None,
    reader: Reader | None = None,
    *,
    prepare: Callable[[Any], Any] | None = None,
    old: Sequence[str] = (),
    strict: bool = False,
    unless: Callable[[Any], bool] | None = None,
    run: str | None = None,
    shape: Shape | None = None,
) -> Wire:
    """Say how a field comes over the wire.

    *name* is what the server calls it, *old* what it called it before, or calls it elsewhere. *reader* reads its value,
    in place of the one that its type would get; *prepare* mends the value before it is read. A wrong value fails the
    whole answer where the field is *strict* (all without a default are); elsewhere it becomes the default, or what
    could be read of it, and stays in ``extra``. So does a wrong value of a strict field *unless* which says that it is
    none at all.

    *run* is for speed alone: fields that come or stay away together stand together, and the first of them says whether
    they ``"usually"`` or ``"rarely"`` come. The models of a list can have another *shape* here than elsewhere.
    """
    return Wire(name, reader, prepare, tuple(old), strict, unless, run, shape=shape)


strict = wired(strict=True)
"""A field whose wrong value fails the whole answer."""

joined = Wire(comes=False)
"""A field that does not come by itself: ``_join`` makes it of others."""


def camel_case(name: str) -> str:
    """``author_id`` as ``authorId``."""
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


@attrs.frozen
class Plan:
    """All that the generator has to know of a field. ``key`` is None where it does not come over the wire."""

    name: str
    key: str | None
    aliases: tuple[str, ...]
    kind: Any
    reader: Reader | None
    prepare: Callable[[Any], Any] | None
    strict: bool
    unless: Callable[[Any], bool] | None
    run: str | None
    shape: Shape | None
    default: Any


Run = tuple[bool, list[Plan]]


def plan_of(cls: type[attrs.AttrsInstance], shape: Shape | None = None) -> list[Plan]:
    """Give the plan of each field of a model but ``extra``, in the order in which they are looked up."""
    plans = _plan_of(cls)
    if shape is None:
        return plans
    return [_shaped(plan, shape.fields.get(plan.name)) for plan in plans]


def _shaped(plan: Plan, key: str | None) -> Plan:
    """The field where it comes under another *key*, or not at all. Its usual names are known there, too."""
    aliases = tuple(name for name in (plan.key, *plan.aliases) if name not in (None, key)) if key else ()
    return attrs.evolve(plan, key=key, aliases=aliases, run=None)


def _plan_of(cls: type[attrs.AttrsInstance]) -> list[Plan]:
    attrs.resolve_types(cls, include_extras=True)
    spelled: Callable[[str], str] | None = getattr(cls, "_spelled", None)
    also: Callable[[str], str] | None = getattr(cls, "_also_spelled", None)
    plans = []
    for field in attrs.fields(cls):
        if field.name == "extra":
            continue
        kind, wire = bare(field.type)
        key = wire.name or (spelled(field.name) if spelled else field.name)
        aliases = [*wire.old, *([also(field.name)] if also else [])]
        plans.append(
            Plan(
                name=field.name,
                key=key if wire.comes else None,
                aliases=tuple(alias for alias in aliases if alias != key),
                kind=kind,
                reader=wire.reader,
                prepare=wire.prepare,
                strict=wire.strict or field.default is attrs.NOTHING,
                unless=wire.unless,
                run=wire.run,
                shape=wire.shape,
                default=field.default,
            )
        )
    return plans


def bare(kind: Any) -> tuple[Any, Wire]:
    """Take apart the type of a field and what it says of the wire."""
    if get_origin(kind) is not Annotated:
        return kind, Wire()
    bare, *notes = get_args(kind)
    return bare, next((note for note in notes if isinstance(note, Wire)), Wire())


def runs_of(plans: list[Plan]) -> list[Run]:
    """Fields in runs that come together, and whether they usually do."""
    runs: list[Run] = []
    for plan in plans:
        if plan.run or not runs:
            runs.append((plan.run != "rarely", []))
        runs[-1][1].append(plan)
    return runs
