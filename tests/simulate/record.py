"""What happened: the trace that a seed always plays, the invariant that broke, and the hunt for secrets."""

import base64
import hashlib
import logging
import re
import sys
import traceback
from collections import deque

_HEX = re.compile(r"[0-9a-f]{12,}")


class Violation(AssertionError):
    """An invariant does not hold."""

    def __init__(self, invariant, detail):
        super().__init__(f"{invariant}: {detail}")
        self.invariant = invariant
        self.detail = detail


class Trace:
    """Lines of what happened, hashed as they come; nothing in them depends on anything but the seed."""

    def __init__(self, clock, *, echo=False):
        self._clock = clock
        self._hash = hashlib.blake2b(digest_size=8)
        self._echo = echo
        self.lines = 0
        self.last = deque(maxlen=25)

    def add(self, who, text):
        line = f"{self._clock():10.3f} {who}: {text}"
        self._hash.update(line.encode() + b"\n")
        self.lines += 1
        self.last.append(line)
        if self._echo:
            sys.stdout.write(line + "\n")

    @property
    def digest(self):
        return self._hash.hexdigest()


class Hunter(logging.Handler):
    """Reads every log record of every logger, and whatever it is given, and finds secrets in it, also parts of them."""

    def __init__(self, found):
        super().__init__(level=1)
        self._found = found
        self._secrets = []
        self.records = 0

    def protect(self, *secrets):
        for secret in secrets:
            if not _HEX.search(secret):
                raise ValueError("the hunter knows secrets by their run of hexadecimal digits")
        self._secrets += secrets

    def hunt(self, text, where):
        for run in _HEX.findall(text):
            if any(run in secret or secret in run for secret in self._secrets):
                self._found("nothing leaked", f"a secret in {where}: {text[:400]}")

    def hunt_error(self, error):
        """Search an error with everything that hangs on it: arguments, attributes, causes, contexts, the traceback."""
        seen = set()
        todo = [error]
        while todo:
            one = todo.pop()
            if one is None or id(one) in seen:
                continue
            seen.add(id(one))
            values = {**vars(one), **{name: getattr(one, name, None) for name in ("request", "response")}}
            for text in (str(one), repr(one), repr(one.args), repr(values), *map(_deep, values.values())):
                self.hunt(text, f"a {type(one).__name__}")
            todo += [one.__cause__, one.__context__]
        self.hunt("".join(traceback.format_exception(error)), "a traceback")

    def hunt_cursor(self, cursor):
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        self.hunt(cursor, "a cursor")
        self.hunt(raw[9:].decode("utf-8", "replace"), "a cursor's values")

    def emit(self, record):
        self.records += 1
        self.hunt(record.getMessage(), f"a record of the logger {record.name}")
        if record.exc_info and record.exc_info[1] is not None:
            self.hunt_error(record.exc_info[1])


def _deep(value):
    """What httpx's objects would tell about a request."""
    url, headers = getattr(value, "url", ""), getattr(value, "headers", {})
    return f"{url} {dict(headers) if headers else ''}"
