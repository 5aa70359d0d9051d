"""``bitrix-im doctor``: why no events arrive."""

from __future__ import annotations

from argparse import Namespace

import anyio

from ..bots import BotToken, Finding
from ..client import BitrixIM
from ..session.retry import Retry
from . import output
from .problems import Problem

FOUND = 3
"""The exit code where something keeps events from arriving."""


def run(given: Namespace, webhook: str, retry: Retry) -> None:
    """Print each cause with what to do. Raises `Problem` where there is one, or where it cannot be asked for."""
    token = _token(given)
    findings = anyio.run(_diagnose, given, webhook, token, retry)
    for finding in findings:
        mark = "✗" if finding.is_certain else "?"
        output.write(output.clean(f"{mark} {finding.name}: {finding.text}.") + "\n")
        output.write(f"  {output.clean(finding.advice)}.\n")
    causes = sum(finding.is_certain for finding in findings)
    if causes:
        raise Problem(f"{output.count(causes, 'cause')} found", FOUND)
    whose = "the user" if given.code is None else f"the bot {given.code}"
    output.write(output.clean(f"✓ nothing keeps events from {whose}, as far as it shows from outside.") + "\n")


def _token(given: Namespace) -> BotToken | None:
    if given.code is None and (given.token_env or given.url or given.user_events):
        raise Problem("expected a bot's CODE with --token-env, --url or --user-events")
    if given.token_env is None:
        return None
    try:
        return BotToken.from_env(given.token_env)
    except ValueError as error:
        raise Problem(str(error)) from None


async def _diagnose(given: Namespace, webhook: str, token: BotToken | None, retry: Retry) -> tuple[Finding, ...]:
    try:
        im = BitrixIM(webhook, retry=retry)
    except ValueError as error:
        raise Problem(str(error)) from None
    async with im:
        return await im.bots.diagnose(
            given.code, token=token, webhook_url=given.url, with_user_events=given.user_events, wait=given.wait
        )
