"""A Redis server as the place where processes meet: one script, which the server runs whole."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from ...limits import bucket, turns
from ...limits.turns import Answer, Ask
from ...redis_link import connect
from .place import ANSWER_LIMIT

CLOCK = "local time = redis.call('TIME')\nlocal now = tonumber(time[1]) + tonumber(time[2]) / 1e6\n"
_NEWS_FIELDS = 6


def script(clock: str = CLOCK) -> str:
    """The rules in Lua, with the numbers of those in Python."""
    numbers = bucket.CONSTANTS | {"KEPT_FOR": turns.KEPT_FOR, "SEEN_FOR": turns.SEEN_FOR}
    lines = [f"local {name} = {value!r}" for name, value in (numbers | {"STEPPED_BACK": turns.STEPPED_BACK}).items()]
    rules = files("bitrix_im.limits").joinpath("turns.lua").read_text("utf-8")
    return "\n".join([*lines, clock, rules])


def keys(portal: str) -> list[str]:
    """Where a portal's limits stand. In braces what a cluster keeps on one node."""
    return [f"bitrix-im:{{{portal}}}:{what}" for what in ("bucket", "processes", "operating")]


def arguments(ask: Ask) -> list[str]:
    """*ask* as the script reads it."""
    flat = [ask.process, repr(ask.rate), repr(ask.capacity), ask.known, str(ask.want), str(ask.version)]
    for news in ask.news:
        texts = ["-" if value is None else value if isinstance(value, str) else repr(value) for value in news]
        flat += texts + [""] * (_NEWS_FIELDS - len(texts))
    return flat


def answer_of(reply: list[Any]) -> Answer:
    """What the script returned."""
    born, epoch, processes, is_cut, version, wait, *heard = reply
    operating = tuple(
        (str(name), _maybe(used), float(resets_in), _maybe(reset_at), float(cost))
        for name, used, resets_in, reset_at, cost in (heard[at : at + 5] for at in range(0, len(heard), 5))
    )
    return Answer(
        str(born),
        int(epoch),
        int(processes),
        bool(int(is_cut)),
        int(version),
        float(wait) if wait else None,
        operating,
    )


def _maybe(value: str) -> float | None:
    return None if value == "-" else float(value)


class RedisPlace:
    """One Redis server."""

    def __init__(self, url: str) -> None:
        self._redis = connect(url, ANSWER_LIMIT)
        self._script = self._redis.register_script(script())

    def ask(self, portal: str, ask: Ask) -> Answer:
        """One exchange."""
        return answer_of(self._script(keys=keys(portal), args=arguments(ask)))

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()
