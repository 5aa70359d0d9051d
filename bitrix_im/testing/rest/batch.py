"""``batch``: commands as PHP query strings, references to earlier results, one envelope."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from ..php import query as phpquery, values as php
from .calls import Params, RestError

MAX_LENGTH = 50
_REFERENCE = re.compile(r"\$(result|next|total|time|error)(\[\S*)", re.IGNORECASE | re.ASCII)
"""A reference runs to the next white space, whatever stands there (docs/portal.md#reference-to-white-space)."""
_STEP = re.compile(r"\[([^\]]+)\]")

Outcome = dict[str, Any]
"""A command's own envelope: result, total, next, time; or error and error_description."""


class Tally:
    """Outcomes so far: what references look into, and what the batch answers in the end."""

    def __init__(self) -> None:
        self.parts: dict[str, dict[Any, Any]] = {name: {} for name in ("result", "error", "total", "next", "time")}

    def add(self, key: Any, outcome: Outcome) -> None:
        """Note what the command under *key* came to."""
        if "error" in outcome:
            self.parts["error"][key] = outcome
            return
        for name in ("result", "total", "next", "time"):
            if name in outcome:
                self.parts[name][key] = outcome[name]

    def answer(self) -> dict[str, Any]:
        """The batch's result; its maps are PHP arrays, so they are ``[]`` or lists when their keys happen so."""
        parts = self.parts
        return {"result": php.array(parts["result"])} | {
            f"result_{name}": php.array(parts[name]) for name in ("error", "total", "next", "time")
        }

    def resolve(self, value: Any) -> Any:
        """Replace references (docs/portal.md#references): a value that is one reference becomes what it names.

        Inside a longer text only what is no array is put in, as text.
        """
        if isinstance(value, dict):
            return {key: self.resolve(inner) for key, inner in value.items()}
        if whole := _REFERENCE.fullmatch(value):
            return self._look_up(whole)
        return _REFERENCE.sub(self._inside_text, value)

    def _inside_text(self, reference: re.Match[str]) -> str:
        found = self._look_up(reference)
        return reference[0] if found is None or isinstance(found, (list, dict)) else php.to_str(found)

    def _look_up(self, reference: re.Match[str]) -> Any:
        """What a reference names; where the path ends early, the deepest part that exists."""
        found: Any = self.parts[reference[1].lower()]
        for step in _STEP.findall(reference[2]):
            key = phpquery.array_key(step)
            entries = dict(enumerate(found)) if isinstance(found, list) else found
            if not isinstance(entries, dict):
                break
            entry = entries.get(key, entries.get(step))
            if entry is None:  # PHP's isset
                break
            found = entry
        return found


async def run(params: Params, command: Callable[[str, Params], Awaitable[Outcome]]) -> dict[str, Any]:
    """Run the commands of ``cmd`` one after the other through *command*."""
    tally = Tally()
    halt = bool(params.raw.get("HALT")) and params.raw.get("HALT") != "0"
    for count, (key, call) in enumerate(_commands(params.raw.get("CMD"))):
        if count >= MAX_LENGTH:
            outcome = RestError("ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded").body
        elif not isinstance(call, str):
            continue
        else:
            method, _, query = call.partition("#")[0].partition("?")  # what follows a "#" is a URL's fragment: lost
            if method.lower() == "batch":
                outcome = RestError("ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not allowed for batch usage").body
            else:
                outcome = await command(method, Params(tally.resolve(phpquery.parse_query(query))))
        tally.add(key, outcome)
        if halt and "error" in outcome:
            break
    return tally.answer()


def methods(params: Params) -> list[str]:
    """Method names of the commands, in order."""
    return [call.partition("?")[0] for _, call in _commands(params.raw.get("CMD")) if isinstance(call, str)]


def _commands(cmd: Any) -> list[tuple[Any, Any]]:
    if isinstance(cmd, dict):
        return [(phpquery.array_key(key) if isinstance(key, str) else key, call) for key, call in cmd.items()]
    return list(enumerate(cmd)) if isinstance(cmd, list) else []
