"""Profiles: webhooks by name, in a file of mode 0600 under the user's configuration directory."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import re
import shlex
import stat
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import typer

from . import streams
from .problems import Problem
from .texts import clean

_NAME = re.compile(r"[\w.-]{1,64}")
_FILE = "profiles.json"


def path() -> Path:
    """Where the profiles are: ``$XDG_CONFIG_HOME/bitrix-im/profiles.json`` or what that is on other systems."""
    return Path(typer.get_app_dir("bitrix-im")) / _FILE


def webhook(name: str) -> str:
    """The webhook of a profile. Raises `Problem`."""
    known = _load()
    if name not in known:
        names = ", ".join(sorted(known)) or "none yet"
        raise Problem(f"no profile {name!r} (there are: {names}): bitrix-im profile add {name}")
    return known[name]


def names_for_completion() -> list[str]:
    """The names, or none where the file cannot be used: a shell is told of no problem."""
    with contextlib.suppress(Problem):
        return sorted(_load())
    return []


def add(name: str) -> None:
    """Store a webhook that is typed unseen, or piped in."""
    from ..auth import Webhook

    if not _NAME.fullmatch(name) or "/" in name:
        raise Problem(f"expected a name of letters, digits, dashes, underscores and dots, got {name!r}")
    known = _load()
    url = _ask().strip()
    try:
        host = Webhook(url).host
    except ValueError as error:
        raise Problem(str(error)) from None
    verb = "replaced" if name in known else "stored"
    _save({**known, name: url})
    streams.tell(f"{verb}: bitrix-im recent --profile {name} lists the dialogs of {clean(host)}")


def show(*, json: bool = False) -> None:
    """List names, portals and users."""
    for name, url in sorted(_load().items()):
        parts = urlsplit(url)
        user = parts.path.split("/rest/", 1)[-1].split("/")[0]
        if json:
            streams.write(_line({"name": name, "portal": parts.netloc, "user_id": int(user)}))
        else:
            streams.write(f"{clean(name)}  {clean(parts.netloc)}, user {clean(user)}\n")


def remove(name: str) -> None:
    """Forget a webhook."""
    webhook(name)  # or it is said which there are
    _save({other: url for other, url in _load().items() if other != name})


def _ask() -> str:
    if sys.stdin is None:
        return ""
    if sys.stdin.isatty():
        return getpass.getpass("The webhook's URL (it does not show): ")
    return sys.stdin.readline()


def _line(value: object) -> str:
    return json.dumps(value) + "\n"


def _load() -> dict[str, str]:
    where = path()
    try:
        with where.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise Problem(f"others can read the webhooks in {where}: chmod 600 {shlex.quote(str(where))}")
            known = json.load(file)["profiles"]
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"cannot read {where}: {getattr(error, 'strerror', None) or 'it is no text'}") from None
    except (ValueError, TypeError, KeyError):
        known = None
    if not isinstance(known, dict) or not all(isinstance(text, str) for text in known.values()):
        raise Problem(
            f"expected profiles in {where}, got something else: put it right, or remove it and add them again"
        )
    return known


def _save(known: dict[str, str]) -> None:
    """Replace the file, whole or not at all; nobody else can read it at any moment."""
    where = path().resolve()
    try:
        where.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=where.parent, prefix=f".{_FILE}.")  # of mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump({"profiles": known}, file, indent=2)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(where)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Problem(f"cannot write {where}: {error.strerror}") from None
