"""Ask a portal what `diagnosis` wants to know. Nothing is changed, and nothing is confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import anyio

from ..convert import structure
from ..errors import ApiError, MethodNotFound
from ..events.event import entries_of
from ..models import BotAnswer, Revision
from ..paging import Caller
from ..redact import Secrets
from ..rest.call import Call
from .diagnosis import REFUSALS, Facts
from .owner import secret
from .token import BotToken

_LIMIT = 1000


async def examine(
    caller: Caller,
    code: str | None,
    token: BotToken | None,
    *,
    webhook_url: str | None,
    with_user_events: bool,
    wait: float,
) -> Facts:
    """What the portal tells. Raises what the calls raise, but for errors that explain why no events arrive."""
    facts: dict[str, Any] = {"code": code, "webhook_url": webhook_url}
    hidden = Secrets() if token is None else Secrets([token.reveal(), token.application_token])
    try:
        facts["scopes"] = structure((await caller.call(Call("scope"))).result, list[str], at="$.result")
        if ("im" if code is None else "imbot") in facts["scopes"]:
            await _examine(caller, facts, token, with_user_events=with_user_events, wait=wait)
    except ApiError as error:
        if error.code.upper() not in REFUSALS:
            raise
        facts["refusal"] = error.code.upper()
    finally:
        del hidden
    return Facts(**facts)


async def _examine(
    caller: Caller, facts: dict[str, Any], token: BotToken | None, *, with_user_events: bool, wait: float
) -> None:
    code = facts["code"]
    if code is None:
        facts["is_looked_into"] = False
        queue = Call("im.v2.Event.get", {"limit": _LIMIT})
        facts["revision"] = await _revision(caller, "im.revision.get")
    else:
        facts["revision"] = await _revision(caller, "imbot.v2.Revision.get")
        if not facts["revision"]:
            return
        facts["is_installed"] = await _is_installed(caller)
        reply = await caller.call(Call("imbot.v2.Bot.get", {"code": code, **secret(token)}))
        bot = facts["bot"] = structure(reply.result, BotAnswer, at="$.result").bot
        if not bot.event_mode:
            return
        told = {"withUserEvents": True} if with_user_events else {}
        queue = Call("imbot.v2.Event.get", {"botId": bot.id, **secret(token), "limit": _LIMIT, **told})
    try:
        before = await _waiting(caller, queue)
    except MethodNotFound:
        facts["revision"] = 0
        return
    if before:
        facts["types"] = {str(entry["type"]).upper() for entry in before.values()}
        facts["oldest"] = await _age(caller, min(map(_date, before.values())))
        await anyio.sleep(wait)
        after = await _waiting(caller, queue)
        facts["confirmed"] = len(before.keys() - after.keys())
        before = after
    facts["waiting"] = len(before)


async def _revision(caller: Caller, method: str) -> int:
    try:
        return structure((await caller.call(Call(method))).result, Revision, at="$.result").rest
    except MethodNotFound:
        return 0


async def _is_installed(caller: Caller) -> bool | None:
    """Whether the calling application is installed to the end; None where it is not told."""
    try:
        result = (await caller.call(Call("app.info"))).result
    except ApiError:  # what it says of a webhook differs from portal to portal
        return None
    installed = result.get("INSTALLED") if isinstance(result, dict) else None
    return installed if isinstance(installed, bool) else None


async def _waiting(caller: Caller, queue: Call) -> Mapping[int, Mapping[str, Any]]:
    """A queue's first page, by ids. No offset deletes nothing (docs/portal.md#event-offset)."""
    return entries_of((await caller.call(queue)).result)


def _date(entry: Mapping[str, Any]) -> datetime:
    """Since when an event waits."""
    return structure(entry.get("date"), datetime, at="$.date")


async def _age(caller: Caller, since: datetime) -> float:
    """Seconds that passed since then, by the portal's own clock."""
    now = structure((await caller.call(Call("server.time"))).result, datetime, at="$.result")
    return (now - since).total_seconds()
