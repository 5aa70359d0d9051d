"""``bitrix-im doctor``: why no events arrive."""

from __future__ import annotations

import anyio
import attrs

from ..bots import BotToken, Finding
from . import streams
from .connect import client, webhook_of
from .problems import Problem
from .texts import clean, count
from .typed.options import Connection

FOUND = 3
"""The exit code where something keeps events from arriving."""


@attrs.frozen(kw_only=True)
class Patient:
    """Who hears nothing: a bot by its code, or the user."""

    code: str | None
    token_env: str | None
    user_events: bool
    url: str | None
    wait: int


def run(connection: Connection, patient: Patient) -> None:
    """Print each cause with what to do. Raises `Problem` where there is one, or where it cannot be asked for."""
    with webhook_of(connection) as webhook:
        findings = anyio.run(_diagnose, webhook, patient, _token(patient))
    for finding in findings:
        mark = "✗" if finding.is_certain else "?"
        streams.write(clean(f"{mark} {finding.name}: {finding.text}.") + "\n")
        streams.write(f"  {clean(finding.advice)}.\n")
    causes = sum(finding.is_certain for finding in findings)
    if causes:
        raise Problem(f"{count(causes, 'cause')} found", FOUND)
    whose = "the user" if patient.code is None else f"the bot {patient.code}"
    streams.write(clean(f"✓ nothing keeps events from {whose}, as far as it shows from outside.") + "\n")


def _token(patient: Patient) -> BotToken | None:
    if patient.code is None and (patient.token_env or patient.url or patient.user_events):
        raise Problem("expected a bot's CODE with --token-env, --url or --user-events")
    if patient.token_env is None:
        return None
    try:
        return BotToken.from_env(patient.token_env)
    except ValueError as error:
        raise Problem(str(error)) from None


async def _diagnose(webhook: str, patient: Patient, token: BotToken | None) -> tuple[Finding, ...]:
    async with client(webhook) as im:
        return await im.bots.diagnose(
            patient.code,
            token=token,
            webhook_url=patient.url,
            with_user_events=patient.user_events,
            wait=patient.wait,
        )
