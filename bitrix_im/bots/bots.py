"""``bots.*``: bots that are there, and bots that shall be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ..convert import structure
from ..errors import BotError
from ..methods import _parameters as checked
from ..models import BotAnswer, BotInfo, Command, Revision
from ..paging import Caller, Pager
from ..redact import Secrets
from ..rest.call import Call
from .bot import Bot, properties
from .commands import Titles, command_fields, command_name, in_languages
from .diagnosis import Finding, diagnose
from .examination import examine
from .listing import BotListing
from .owner import given, secret
from .token import BotToken

Kind = Literal["bot", "supervisor", "personal", "openline"]
_KINDS = {kind: kind for kind in ("bot", "supervisor", "personal", "openline")}
_MODES = {"fetch": "fetch", "webhook": "webhook"}


class Bots:
    """The bots of the portal."""

    def __init__(self, caller: Caller, owner: object = None) -> None:
        self._caller = caller
        self._owner = owner

    async def ensure(
        self,
        code: str,
        *,
        token: BotToken | None,
        name: str,
        kind: Kind = "bot",
        mode: Literal["fetch", "webhook"] = "fetch",
        webhook_url: str | None = None,
        hidden: bool | None = None,
        reactions: bool | None = None,
        openlines: bool | None = None,
        background: str | None = None,
        last_name: str | None = None,
        position: str | None = None,
        color: str | None = None,
        gender: str | None = None,
        avatar: bytes | None = None,
        commands: Mapping[str, Titles] | None = None,
    ) -> Bot:
        """Make sure that there is a bot like this, and return it (``imbot.v2.Bot.get``, ``register``, ``update``).

        *code* names it in the whole portal; *token* owns it where a webhook calls, None for an application. What is
        None is left as it is. *commands* are all its commands: names with titles by language (``{"en": "Show help"}``,
        or a text for English), or None for a hidden one; ``{}`` removes all. A bot in webhook mode becomes one in fetch
        mode, unless *mode* says otherwise. Only what differs is written: twice is no write. What the portal does not
        tell, or tells in other words, cannot be compared: *color* goes with a registration or another change of looks,
        *avatar* where there is none, *webhook_url* with a change of mode; else use ``bot.update``.

        Raises `BotError`, which says what to do, where the code is taken, the bot is somebody else's or of another
        *kind*, which cannot be changed, or there are too many; `MethodNotFound` on portals without bots 2.0;
        `ValueError` for impossible values.
        """
        if mode == "webhook" and webhook_url is None:
            raise ValueError("expected webhook_url with mode='webhook': without one the bot would hear nothing")
        wanted = {"mode": checked.one_of("mode", mode, _MODES), "hidden": hidden, "reactions": reactions}
        wanted |= {"openlines": openlines, "background": background}
        looks = properties(last_name, position, color, gender, avatar)
        names = {} if commands is None else {command_name(one): title for one, title in commands.items()}
        for one, title in names.items():
            command_fields(one, title)
        info = await self._found(code, token)
        if info is None or not info.event_mode:  # of a stranger's bot hardly anything is told: let register refuse it
            fields = {
                **given(
                    code=checked.word("code", code), type=checked.one_of("kind", kind, _KINDS), webhookUrl=webhook_url
                ),
                **secret(token),
                "properties": {"name": checked.word("name", name), **looks},
                **_fields(wanted),
            }
            info = await self._answer(Call("imbot.v2.Bot.register", {"fields": fields}), token)
        bot = Bot(self._caller, info, token, self._owner)
        if info.type and info.type != kind:
            text = f"{code!r} is a bot of kind {info.type!r}, not {kind!r}: a kind cannot be changed, only unregistered"
            raise BotError("BOT_KIND_DIFFERS", text, method="imbot.v2.Bot.get")
        differs = _differing(info, wanted)
        if _looks_other(info, name, last_name, looks):
            differs |= {"name": name, "last_name": last_name, "position": position, "color": color, "gender": gender}
            differs["avatar"] = avatar if info.user is None or not info.user.avatar else None
        if differs.get("mode") == "webhook":
            differs["webhook_url"] = webhook_url
        if differs:
            await bot.update(**differs)
        if commands is not None:
            await self._commands(bot, names)
        return bot

    async def get(self, bot: str | int, *, token: BotToken | None = None) -> Bot:
        """A bot by its code or id (``imbot.v2.Bot.get``). Of somebody else's little is told, and nothing can be done.

        Raises `BotError` where there is none.
        """
        which = {"code": checked.word("bot", bot)} if isinstance(bot, str) else {"botId": checked.number("bot", bot)}
        info = await self._answer(Call("imbot.v2.Bot.get", {**which, **secret(token)}), token)
        return Bot(self._caller, info, token, self._owner)

    def list(self, *, token: BotToken | None = None) -> Pager[BotInfo]:
        """Walk all bots of the portal, each once, in the portal's own order (``imbot.v2.Bot.list``)."""
        return Pager(self._caller, BotListing(token))

    async def revision(self) -> Revision:
        """Which revision of bots 2.0 the portal has (``imbot.v2.Revision.get``): 36 is the newest known."""
        reply = await self._caller.call(Call("imbot.v2.Revision.get"))
        return structure(reply.result, Revision, at="$.result")

    async def diagnose(
        self,
        code: str | None = None,
        *,
        token: BotToken | None = None,
        webhook_url: str | None = None,
        with_user_events: bool = False,
        wait: float = 5.0,
    ) -> tuple[Finding, ...]:
        """Why does a bot hear nothing? Every cause that shows from outside, and what to do; empty where there is none.

        *webhook_url* is where a bot in webhook mode shall be told; without it the bot shall fetch. *with_user_events*
        looks whether the user is subscribed, too; without *code* only the user's own events are looked at. Where events
        wait it looks again after *wait* seconds: one that is gone was confirmed by somebody, so stop your own program
        first. Nothing is changed or confirmed. Asks ``scope``, ``app.info``, ``imbot.v2.Revision.get``, ``Bot.get`` and
        ``Event.get``, or ``im.v2.Event.get``. Raises what keeps it from asking: `AuthError`, `TransportError`, ….
        """
        if code is not None:
            checked.word("code", code)
        facts = await examine(
            self._caller, code, token, webhook_url=webhook_url, with_user_events=with_user_events, wait=wait
        )
        return tuple(diagnose(facts))

    async def _found(self, code: str, token: BotToken | None) -> BotInfo | None:
        try:
            return await self._answer(Call("imbot.v2.Bot.get", {"code": code, **secret(token)}), token)
        except BotError as error:
            if error.code.upper() != "BOT_NOT_FOUND":
                raise
        return None

    async def _answer(self, call: Call, token: BotToken | None) -> BotInfo:
        # Known while the call runs: an error may quote what was sent.
        hidden = Secrets() if token is None else Secrets([token.reveal(), token.application_token])
        try:
            reply = await self._caller.call(call)
            return structure(reply.result, BotAnswer, at="$.result").bot
        finally:
            del hidden

    async def _commands(self, bot: Bot, wanted: Mapping[str, Titles]) -> None:
        """Make the commands what they shall be."""
        there = {command.name: command for command in await bot.commands()}
        for name, command in there.items():
            if name not in wanted:
                await bot.remove_command(command.id)
        for name, title in wanted.items():
            if name not in there:
                await bot.add_command(name, title)
            elif _is_other(there[name], title):
                await bot.update_command(there[name].id, title=title, hidden=title is None)


def _fields(wanted: Mapping[str, Any]) -> dict[str, Any]:
    names = {
        "mode": "eventMode",
        "hidden": "isHidden",
        "reactions": "isReactionsEnabled",
        "openlines": "isSupportOpenline",
        "background": "backgroundId",
    }
    return given(**{names[name]: value for name, value in wanted.items()})


def _differing(info: BotInfo, wanted: Mapping[str, Any]) -> dict[str, Any]:
    told = {
        "mode": info.event_mode,
        "hidden": info.is_hidden,
        "reactions": info.is_reactions_enabled,
        "openlines": info.is_support_openline,
        "background": info.background_id,
    }
    return {name: value for name, value in wanted.items() if value is not None and value != told[name]}


def _looks_other(info: BotInfo, name: str, last_name: str | None, looks: Mapping[str, Any]) -> bool:
    user = info.user
    if user is None:
        return False  # the portal does not tell how it looks
    if user.first_name or user.last_name:
        is_named = user.first_name == name and (last_name is None or user.last_name == last_name)
    else:
        is_named = user.name == name
    is_named = is_named or user.name == (name if last_name is None else f"{name} {last_name}".strip())
    told = {"workPosition": user.work_position, "gender": user.gender, "avatar": user.avatar}
    others = {key: value for key, value in looks.items() if key in told}
    others = {key: value for key, value in others.items() if (not told[key] if key == "avatar" else value != told[key])}
    return not is_named or bool(others)


def _is_other(there: Command, title: Titles) -> bool:
    """Whether a command differs; its title is told in one language only."""
    titles = in_languages(title)
    if titles is None:
        return not there.hidden
    return there.hidden or (bool(there.title) and there.title not in titles.values())
