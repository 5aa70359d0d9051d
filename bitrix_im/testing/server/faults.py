"""Faults: what can go wrong between a client and a portal, and when it shall."""

from collections.abc import Sequence
from enum import Enum
from random import Random

import attrs


@attrs.frozen
class _Kind:
    """What a fault does: answers an error or a page, or cuts the connection; before or after the command ran."""

    executes: bool = False
    code: str = ""
    status: int = 0
    text: str = ""
    page: str = ""
    cut: str = ""


def _error(code: str, status: int, text: str = "", *, executes: bool = False) -> _Kind:
    return _Kind(executes, code, status, text or code.replace("_", " ").capitalize())


class Fault(Enum):
    """One thing that goes wrong; `executes` says whether the command runs all the same."""

    # Errors in JSON
    QUERY_LIMIT = _error("QUERY_LIMIT_EXCEEDED", 503, "Too many requests")
    OPERATION_TIME = _error("OPERATION_TIME_LIMIT", 429, "Method is blocked due to operation time limit.")
    OVERLOAD_503 = _error("OVERLOAD_LIMIT", 503, "REST API is blocked due to overload.")
    OVERLOAD_401 = _error("OVERLOAD_LIMIT", 401, "REST API is blocked due to overload.")
    CONNECTION_ERROR = _error("CONNECTION_ERROR", 401, "Error connecting to authorization server")
    INTERNAL_500 = _error("INTERNAL_SERVER_ERROR", 500, "Internal server error")
    INTERNAL_500_AFTER = _error("INTERNAL_SERVER_ERROR", 500, "Internal server error ", executes=True)
    UNEXPECTED_ANSWER = _error("ERROR_UNEXPECTED_ANSWER", 500, "Server returned an unexpected response", executes=True)
    EXPIRED_TOKEN = _error("expired_token", 401, "The access token provided has expired.")
    ACCESS_DENIED = _error("ACCESS_DENIED", 403, "REST is available only on commercial plans.")
    PORTAL_DELETED = _error("PORTAL_DELETED", 403, "Portal was deleted")
    ERROR_200 = _error("INTERNAL_SERVER_ERROR", 200, "Internal server error in disguise")

    # Pages of the front end, or of PHP
    HTML_500 = _Kind(status=500, page="error")
    HTML_502 = _Kind(status=502, page="error")
    HTML_502_AFTER = _Kind(executes=True, status=502, page="error ")
    HTML_504 = _Kind(executes=True, status=504, page="error")
    TOO_LARGE = _Kind(status=413, page="error")
    GARBAGE = _Kind(executes=True, status=200, page="error")
    RENAMED = _Kind(status=302, page="moved")

    # Bodies that are not what was meant
    EMPTY_BODY = _Kind(executes=True, status=200, page="empty")
    TRUNCATED = _Kind(executes=True, status=200, page="half")

    # Connections
    CONNECT_ERROR = _Kind(cut="connect")
    RESET_BEFORE = _Kind(cut="reset")
    RESET_AFTER = _Kind(executes=True, cut="reset")
    RESET_MIDWAY = _Kind(executes=True, cut="midway")
    DISCONNECT_AFTER = _Kind(executes=True, cut="disconnect")
    STALL_BEFORE = _Kind(cut="stall")
    STALL_AFTER = _Kind(executes=True, cut="stall")

    # One command of a batch; a request without batch gets the error itself
    COMMAND_FAILS = _Kind(code="INTERNAL_SERVER_ERROR", status=500, page="command")
    COMMAND_FAILS_AFTER = _Kind(executes=True, code="INTERNAL_SERVER_ERROR", status=500, page="command")
    COMMAND_REFUSED = _Kind(code="OPERATION_TIME_LIMIT", status=429, page="command")

    @property
    def executes(self) -> bool:
        """Whether the command ran, although the client cannot know."""
        return bool(self.value.executes)

    @property
    def inside(self) -> bool:
        """Whether it strikes one command of a batch, not the request."""
        return bool(self.value.page == "command")

    @property
    def harmless(self) -> bool:
        """Whether a client should get over it by trying again, whatever the method (it did not run)."""
        return self in _HARMLESS


_HARMLESS = frozenset(
    {Fault.QUERY_LIMIT, Fault.OPERATION_TIME, Fault.CONNECT_ERROR, Fault.COMMAND_REFUSED, Fault.EXPIRED_TOKEN}
)


@attrs.frozen
class Strike:
    """A fault that happens now, and the method it was meant for."""

    fault: Fault
    method: str | None


@attrs.define
class _Rule:
    faults: Sequence[Fault]
    method: str | None = None
    first: int = 0
    left: int | None = None
    share: float = 1.0
    random: Random | None = None


class Faults:
    """Which HTTP requests of a portal go wrong, and how; the rule given first is asked first.

    A *method* names requests of that method, and batches with a command of it. Nothing goes wrong by default.
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._rules: list[_Rule] = []
        self.struck: list[Fault] = []
        """Every fault that happened so far."""

    def nth(self, n: int, fault: Fault, count: int = 1) -> None:
        """Strike the *n*-th HTTP request of the portal's life (from 1), and *count* - 1 after it."""
        self._rules.extend(_Rule((fault,), first=number, left=1) for number in range(n, n + count))

    def next(self, fault: Fault, count: int = 1, method: str | None = None) -> None:
        """Strike the next *count* requests (of *method*)."""
        self._rules.append(_Rule((fault,), method and method.lower(), left=count))

    def method(self, method: str, fault: Fault, count: int | None = None) -> None:
        """Strike every request of *method*, or *count* of them."""
        self._rules.append(_Rule((fault,), method.lower(), left=count))

    def share(
        self, share: float, faults: Sequence[Fault], seed: int | None = None, *, method: str | None = None
    ) -> None:
        """Strike a random *share* (0..1) of the requests, each with one of *faults*."""
        random = Random(self._seed if seed is None else seed)
        self._rules.append(_Rule(tuple(faults), method and method.lower(), share=share, random=random))

    def clear(self) -> None:
        """Let everything go well again."""
        self._rules.clear()

    def strike(self, number: int, methods: Sequence[str]) -> Strike | None:
        """The fault of the *number*-th request, which is of these methods."""
        for rule in self._rules:
            if (fault := self._judge(rule, number, methods)) is not None:
                self._rules = [rule for rule in self._rules if rule.left is None or rule.left > 0]
                self.struck.append(fault)
                return Strike(fault, rule.method)
        return None

    @staticmethod
    def _judge(rule: _Rule, number: int, methods: Sequence[str]) -> Fault | None:
        if rule.method is not None and rule.method not in methods:
            return None
        if rule.first and rule.first != number:
            return None
        if rule.random is not None and rule.random.random() >= rule.share:
            return None
        if rule.left is not None:
            rule.left -= 1
        return rule.random.choice(rule.faults) if rule.random is not None else rule.faults[0]
