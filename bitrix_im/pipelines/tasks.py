"""What a cluster is asked to read, cut into tasks: plain values, which name secrets and hold none.

A task is sent to other machines, shown in plans and kept in logs. So it has the *names* of environment variables;
whoever runs it looks there for the webhook.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

import attrs

from ..client import BitrixIM
from ..limits import Limits, SharedLimits
from ..methods import _parameters as checked

DIALOGS_OF_A_REQUEST = 50
"""So many dialogs share a request: fewer of them are no work for another task."""

_NAMES = {"after", "burst", "dialogs", "interval", "limits", "partitions", "rate", "secret"}
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@attrs.frozen
class Task:
    """What one task reads of one portal, and which part of the portal's limits it has."""

    secret: str
    """The name of the environment variable that holds the webhook."""
    dialogs: tuple[str, ...] | None = None
    """None for all that the list shows."""
    after: int = 0
    """Only messages with higher ids."""
    upto: int | None = None
    """Only messages with ids up to this one."""
    part: float = 1.0
    """Of the limits, where nobody shares them."""
    burst_part: float = 1.0


@attrs.frozen(kw_only=True)
class Order:
    """What was asked for, by options, which are texts."""

    secrets: tuple[str, ...]
    dialogs: tuple[str, ...] | None = None
    partitions: int
    after: int | None = None
    place: str | None = None
    """Where limits are shared."""
    rate: float = Limits().rate
    burst: float = Limits().burst
    interval: float = 2.0

    @classmethod
    def of(cls, options: Mapping[str, str]) -> Order:
        """Read the options. Raises `ValueError` for what cannot be; no message shows what may be a secret."""
        given = {name.lower(): value for name, value in options.items()}
        if unknown := sorted(given.keys() - _NAMES):
            raise ValueError(f"expected options of {sorted(_NAMES)}, got {unknown}")
        secrets = tuple(dict.fromkeys(name.strip() for name in given.get("secret", "").split(",")))
        if not all(map(_VARIABLE.fullmatch, secrets)):
            raise ValueError(
                "option secret: expected the name of an environment variable that holds a webhook's URL, "
                "ACME_WEBHOOK, or several with commas between; never the URL itself: plans and logs show options"
            )
        dialogs = _dialogs(given["dialogs"]) if "dialogs" in given else None
        if dialogs is not None and len(secrets) > 1:
            raise ValueError("option dialogs: expected one portal with it, got several names in option secret")
        return cls(
            secrets=secrets,
            dialogs=dialogs,
            partitions=int(_number(given, "partitions", 4 if len(secrets) == 1 else 1, least=1, whole=True)),
            after=int(_number(given, "after", 0, least=0, whole=True)) if "after" in given else None,
            place=_place(given["limits"]) if "limits" in given else None,
            rate=_number(given, "rate", Limits().rate),
            burst=_number(given, "burst", Limits().burst),
            interval=_number(given, "interval", 2.0, least=0),
        )

    def client(self, secret: str, part: float = 1.0, burst_part: float = 1.0) -> BitrixIM:
        """A client of a portal that keeps to a part of its limits, or to those that all processes share.

        Raises `LookupError` where the environment of this machine has no such secret.
        """
        return BitrixIM(_secret(secret), limits=self.allowed(part, burst_part))

    def allowed(self, part: float = 1.0, burst_part: float = 1.0) -> Limits | SharedLimits:
        """What a task may spend: all that the processes share, or a part that is its own."""
        if self.place is None:
            burst, operating = max(1.0, self.burst * burst_part), Limits().operating * part
            return Limits(rate=self.rate * part, burst=burst, operating=operating)
        name = self.place.removeprefix("env:")
        where = self.place if name == self.place else _secret(name, "a place for shared limits")
        return SharedLimits(where, Limits(rate=self.rate, burst=self.burst))

    def tasks(self, secret: str, dialogs: Sequence[str], after: int = 0, upto: int | None = None) -> list[Task]:
        """Cut *dialogs* of a portal into tasks that may run all at once."""
        number = min(self.partitions, math.ceil(len(dialogs) / DIALOGS_OF_A_REQUEST))
        # Whoever has cut them has asked the portal, too, just before: half of the burst is the tasks'.
        return [
            Task(secret, tuple(dialogs[first::number]), after, upto, part=1 / number, burst_part=0.5 / number)
            for first in range(number)
        ]


def _secret(name: str, what: str = "a webhook's URL") -> str:
    value = os.environ.get(name)
    if not value:
        raise LookupError(
            f"expected {what} in the environment variable {name}, got none on this machine: "
            f"the driver needs it, and so does every executor"
        )
    return value


def _dialogs(text: str) -> tuple[str, ...]:
    try:
        names = json.loads(text) if text.lstrip().startswith("[") else [name.strip() for name in text.split(",")]
        return tuple(dict.fromkeys(map(checked.dialog_id, names)))
    except (ValueError, TypeError) as error:
        raise ValueError(f"option dialogs: expected ids like chat12,sg3,503 or a JSON list of them: {error}") from None


def _place(text: str) -> str:
    """Where limits are shared."""
    if text.startswith("env:") and _VARIABLE.fullmatch(text.removeprefix("env:")):
        return text
    if "://" in text:
        if "@" in urlsplit(text).netloc or "password" in text:
            raise ValueError("option limits: expected a URL without a password, for plans show options: use env:NAME")
        return text
    if not text.startswith("/"):
        raise ValueError(
            "option limits: expected redis://HOST, env:NAME for a URL in an environment variable, "
            "or the absolute path of a file, for each process has a folder of its own"
        )
    return text


def _number(given: Mapping[str, str], name: str, default: float, least: float = 0.001, *, whole: bool = False) -> float:
    text = given.get(name)
    if text is None:
        return default
    try:
        number = int(text) if whole else float(text)
    except ValueError:
        number = -1
    if not least <= number < math.inf:
        kind = "a whole number" if whole else "a number"
        raise ValueError(f"option {name}: expected {kind} of at least {least}, got {text!r}")
    return number
