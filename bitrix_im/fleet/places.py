"""The places where the workers of a fleet meet: a Redis server, or a file."""

from __future__ import annotations

import json
import sqlite3
import time
from importlib.resources import files
from typing import Any

import attrs

from ..file_link import SharedFile
from ..redis_link import connect, is_server
from ..session.sharing.place import ANSWER_LIMIT, Blocking, Place
from .leases import KEPT_FOR, Answer, Ask, Kept, Row, Worker, exchange

CLOCK = "local time = redis.call('TIME')\nlocal now = tonumber(time[1]) + tonumber(time[2]) / 1e6\n"
RUN = "local function run() return string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') end\n"
_TABLE = (
    "CREATE TABLE IF NOT EXISTS fleets (name TEXT, part TEXT, kept TEXT NOT NULL, PRIMARY KEY (name, part)) "
    "WITHOUT ROWID"
)
_READ = "SELECT kept FROM fleets WHERE name = ? AND part = ?"
_WRITE = "INSERT INTO fleets VALUES (?, ?, ?) ON CONFLICT (name, part) DO UPDATE SET kept = excluded.kept"


def place_of(where: str) -> Place[Ask, Answer]:
    """The place of that name; nothing is asked yet."""
    driver: Blocking[Ask, Answer] = RedisLeases(where) if is_server(where) else FileLeases(where)
    return Place(driver)


def script(clock: str = CLOCK, run: str = RUN) -> str:
    """The rules in Lua."""
    rules = files("bitrix_im.fleet").joinpath("leases.lua").read_text("utf-8")
    return f"local KEPT_FOR = {KEPT_FOR!r}\n{clock}{run}{rules}"


def keys(name: str) -> list[str]:
    """Where a fleet stands. In braces what a cluster keeps on one node."""
    return [f"bitrix-im:fleet:{{{name}}}:{what}" for what in ("kept", "workers", "owners")]


def arguments(ask: Ask) -> list[str]:
    """*ask* as the script reads it."""
    head = [ask.worker, ask.number, repr(ask.lease), ask.portals, ask.missing, ask.known, int(ask.leaves)]
    lists = (ask.take, ask.keep, ask.give)
    return [str(each) for each in (*head, *map(len, lists), *(name for names in lists for name in names))]


def answer_of(reply: list[Any]) -> Answer:
    """What the script returned."""
    version, was_known, is_quiet, count, *rest = reply
    rows, flat = rest[: 3 * count], rest[3 * count]
    workers = tuple(Worker(str(rows[at]), int(rows[at + 1]), int(rows[at + 2])) for at in range(0, len(rows), 3))
    owners = None if isinstance(flat, int) else dict(zip(flat[::2], flat[1::2], strict=True))
    return Answer(int(float(version)), bool(was_known), bool(is_quiet), workers, owners)


class RedisLeases:
    """One Redis server: one script, which the server runs whole."""

    def __init__(self, url: str) -> None:
        self._redis = connect(url, ANSWER_LIMIT)
        self._script = self._redis.register_script(script())

    def ask(self, name: str, ask: Ask) -> Answer:
        """One exchange."""
        return answer_of(self._script(keys=keys(name), args=arguments(ask)))

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()


class FileLeases:
    """One file. Its clock is the host's: time since that was started.

    Owners, of which there may be thousands, stand in a row of their own, which is written only where one changes.
    """

    def __init__(self, path: str) -> None:
        self._file = SharedFile(path, _TABLE, ANSWER_LIMIT)
        self._known: tuple[str, int, dict[str, str]] = ("", 0, {})

    def ask(self, name: str, ask: Ask) -> Answer:
        """One exchange, in one transaction."""

        def act(connection: sqlite3.Connection) -> Answer:
            row = connection.execute(_READ, [name, "workers"]).fetchone()
            kept = Kept()
            if row:
                told = json.loads(row[0])
                workers = {who: Row(*values) for who, values in told.pop("workers").items()}
                kept = Kept(**told, workers=workers, owners=self._owners(connection, name, told["version"]))
            version = kept.version
            answer = exchange(kept, ask, time.monotonic())
            if kept.version != version:
                connection.execute(_WRITE, [name, "owners", json.dumps(kept.owners)])
            left = {who: attrs.astuple(each) for who, each in kept.workers.items()}
            plain = attrs.asdict(kept, filter=attrs.filters.exclude("workers", "owners"))
            connection.execute(_WRITE, [name, "workers", json.dumps({**plain, "workers": left})])
            return answer

        return self._file.transaction(act)

    def _owners(self, connection: sqlite3.Connection, name: str, version: int) -> dict[str, str]:
        if self._known[:2] != (name, version):
            row = connection.execute(_READ, [name, "owners"]).fetchone()
            self._known = (name, version, json.loads(row[0]) if row else {})
        return dict(self._known[2])

    def close(self) -> None:
        """Close the file."""
        self._file.close()
