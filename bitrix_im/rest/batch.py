"""Many calls as one ``batch`` call, and its answer as many outcomes.

Sans-I/O. Commands are PHP query strings, whatever the body is (docs/portal.md#batch-commands). Keys are never numeric,
so that PHP keeps every map an object, or ``[]`` when it is empty (docs/portal.md#php-arrays).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import attrs

from ..errors import BitrixError, UnexpectedResponse
from . import catalog, decode, encode
from .call import Call, Ref, Reply

MAX_COMMANDS = 50

_REFERENCE = re.compile(r"\$\w+\[([^\]]+)\]")

Outcome: TypeAlias = Reply | BitrixError


def pack(units: Sequence[Sequence[Call]]) -> Call:
    """One batch of several units of calls; only calls of the same unit refer to each other."""
    commands = {
        _key(number, index): _command(number, call)
        for number, unit in enumerate(units)
        for index, call in enumerate(unit)
    }
    return Call("batch", {"halt": 0, "cmd": commands}, repeatable=True)


def unpack(reply: Reply, units: Sequence[Sequence[Call]]) -> list[list[Outcome]]:
    """Each call's own reply or error. Raises `UnexpectedResponse` where the answer is no batch's."""
    parts = _parts(reply)
    return [
        [_outcome(parts, _key(number, index), call.method) for index, call in enumerate(unit)]
        for number, unit in enumerate(units)
    ]


def as_made(call: Call, outcomes: Sequence[Outcome]) -> Call | None:
    """The call as the portal made it, its references replaced; None where one leads nowhere."""
    params = dict(call.params)
    for name, value in params.items():
        if isinstance(value, Ref):
            found = _read_path(outcomes[value.index], value.path)
            if found is None:
                return None
            params[name] = found
    return attrs.evolve(call, params=params)


def _read_path(outcome: Outcome, path: str) -> int | None:
    value: Any = outcome.result if isinstance(outcome, Reply) else None
    for key in path.strip("[]").split("]["):
        try:
            value = value[int(key)] if isinstance(value, list) else value[key]
        except (IndexError, KeyError, TypeError, ValueError):
            return None
    return decode.read_count(value)


def chunks(calls: Mapping[str, Call], halt: bool) -> Iterable[tuple[Mapping[str, Call], Call]]:
    """Named calls as batches of at most 50, each with the calls it holds."""
    names = list(calls)
    if not all(isinstance(name, str) for name in names):
        raise TypeError("expected texts as the names of a batch's calls: PHP makes a list of numbers")
    for start in range(0, len(names), MAX_COMMANDS):
        chunk = {name: calls[name] for name in names[start : start + MAX_COMMANDS]}
        for name, call in chunk.items():
            params = encode.normalise(call.params)
            for other in _REFERENCE.findall(str(params)):
                if other in calls and other not in chunk:
                    raise ValueError(f"{name!r} refers to {other!r}, which is not among the same {MAX_COMMANDS} calls")
            if (path := encode.untellable(params)) is not None:
                raise ValueError(f"{name!r}: a batch's command cannot hold {path} as it is: call {call.method} alone")
        commands = {name: _command(None, call) for name, call in chunk.items()}
        yield chunk, Call("batch", {"halt": int(halt), "cmd": commands})


def named(reply: Reply, calls: Mapping[str, Call], halt: bool) -> dict[str, Outcome]:
    """The outcome of each named call; with *halt* those that did not run are left out."""
    parts = _parts(reply)
    return {
        name: _outcome(parts, name, call.method)
        for name, call in calls.items()
        if not halt or any(name in part for part in parts.values())
    }


def inside(call: Call, reply: Reply) -> Iterable[tuple[str, Outcome]]:
    """Method and outcome of every command that ran in a batch which somebody else packed."""
    if isinstance(reply.result, Mapping):
        parts = _parts(reply)
        for key, command in _commands(call.params).items():
            method = str(command).partition("?")[0]
            if any(str(key) in part for part in parts.values()):
                yield method, _outcome(parts, str(key), method)


def rows_of(call: Call) -> list[catalog.Method]:
    """The methods that *call* runs: its own, or those of a batch's commands."""
    if call.row.name != "batch":
        return [call.row]
    return [catalog.look_up(str(command).partition("?")[0]) for command in _commands(call.params).values()]


def is_repeatable(call: Call) -> bool:
    """Whether making *call* twice does no more than making it once; a batch, if that holds for all its commands."""
    if call.repeatable is not None:
        return call.repeatable
    if call.row.name == "batch":
        return all(row.is_repeatable({}) for row in rows_of(call))
    return call.row.is_repeatable(call.params)


def _commands(params: Mapping[str, Any]) -> Mapping[str, Any]:
    commands = next((value for name, value in params.items() if str(name).lower() == "cmd"), None)
    return _as_map([commands] if isinstance(commands, str) else commands)


def _key(number: int, index: int) -> str:
    return f"u{number}c{index}"


def _command(number: int | None, call: Call) -> str:
    params = {name: _named_ref(number, value) for name, value in call.params.items()}
    query = encode.query(params)
    return f"{call.method}?{query}" if query else call.method


def _named_ref(number: int | None, value: Any) -> Any:
    if isinstance(value, Ref):
        if number is None:
            raise ValueError("a Ref is for calls of one unit: name other calls as '$result[key]…'")
        return f"$result[{_key(number, value.index)}]{value.path}" + "\n" * value.safe
    return value


def _parts(reply: Reply) -> dict[str, Mapping[str, Any]]:
    if not isinstance(reply.result, Mapping):
        raise UnexpectedResponse("batch: expected an object at $.result", path="$.result")
    names = ("result", "result_error", "result_total", "result_next", "result_time")
    return {name: _as_map(reply.result.get(name)) for name in names}


def _as_map(value: Any) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    # keys 0..n-1 have become a list, no keys an empty one
    return {str(index): inner for index, inner in enumerate(value)} if isinstance(value, list | tuple) else {}


def _outcome(parts: Mapping[str, Mapping[str, Any]], key: str, method: str) -> Outcome:
    if key in parts["result_error"]:
        return decode.decode_error(method, 0, parts["result_error"][key])
    if key not in parts["result"] and key not in parts["result_time"]:  # a null result is only in result_time
        return UnexpectedResponse(f"{method}: the batch did not answer this command", path=f"$.result.result.{key}")
    return Reply(
        parts["result"].get(key),
        decode.read_count(parts["result_total"].get(key)),
        decode.read_count(parts["result_next"].get(key)),
        decode.read_time(parts["result_time"].get(key)),
    )
