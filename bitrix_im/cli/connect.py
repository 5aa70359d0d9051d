"""Which portal is asked: what was typed, then the environment, then the profile named ``default``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from ..client import BitrixIM
from ..session.retry import Retry
from . import problems, profiles
from .problems import Problem, Secrets
from .streams import Unwritable
from .typed.options import Connection

# Somebody sits before the screen: a network that is not there is told within seconds.
PATIENCE = Retry(attempts=4, max_delay=1.0)
_DEFAULT = "default"


@contextmanager
def webhook_of(connection: Connection) -> Iterator[str]:
    """The webhook to ask, and a demo's portal behind it. What goes wrong inside comes out without the secret."""
    given = [f"--{name}" for name, value in connection._asdict().items() if value not in (None, False)]
    if len(given) > 1:
        raise Problem(f"expected one portal: {' and '.join(given)} are not allowed together")
    if connection.demo:
        from . import demo

        with demo.portal().serving() as webhook:
            yield webhook
        return
    webhook = _typed_or_kept(connection).strip()
    if not webhook:
        raise Problem(
            "expected a webhook: set BITRIX_IM_WEBHOOK or pass --webhook, an inbound webhook's URL like "
            "https://acme.bitrix24.com/rest/1/SECRET/, or store it by bitrix-im profile add default; "
            "without a portal at hand, try --demo"
        )
    if not webhook.isprintable():
        raise Problem("expected a webhook's URL, got characters that no address has")
    try:
        yield webhook
    except Unwritable:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it leaves without the secret
        problem = problems.of(error)
        raise Problem(Secrets([], webhook).hide(str(problem)), problem.code) from None


def client(webhook: str, retry: Retry = PATIENCE) -> BitrixIM:
    """A client. Raises `Problem` for what is no webhook."""
    try:
        return BitrixIM(webhook, retry=retry)
    except ValueError as error:
        raise Problem(str(error)) from None


def _typed_or_kept(connection: Connection) -> str:
    if connection.webhook is not None:
        return connection.webhook
    if connection.profile is not None:
        return profiles.webhook(connection.profile)
    if webhook := os.environ.get("BITRIX_IM_WEBHOOK"):
        return webhook
    if name := os.environ.get("BITRIX_IM_PROFILE"):
        return profiles.webhook(name)
    return profiles.webhook(_DEFAULT) if _DEFAULT in profiles.names_for_completion() else ""
