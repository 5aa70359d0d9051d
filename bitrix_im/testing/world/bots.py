"""Chat bots: whose they are, what they hear, which commands they have. As users they are among `Store.users`."""

from collections.abc import Iterator
from itertools import count

import attrs


@attrs.define(eq=False)
class Command:
    """A slash command of a bot, its name without the slash."""

    id: int
    bot_id: int
    name: str
    title: dict[str, str] = attrs.Factory(dict)
    params: dict[str, str] = attrs.Factory(dict)
    common: bool = False
    """Works in every chat, whether the bot is in it or not."""
    hidden: bool = False
    extranet: bool = False


@attrs.frozen
class CommandCall:
    """A command that somebody typed, or called by a button."""

    command: Command
    params: str
    by: str
    """``textarea``, ``keyboard`` or ``menu``."""


@attrs.define(eq=False)
class Bot:
    """A chat bot; its id is that of the user that it is."""

    id: int
    code: str
    owner: str = attrs.field(repr=False)
    """An application's client_id, or ``custom`` with the botToken (docs/portal.md#bot-owner)."""
    kind: str = "bot"
    hidden: bool = False
    reactions: bool = True
    openlines: bool = False
    background: str | None = None
    mode: str = "fetch"
    webhook_url: str = ""
    commands: dict[str, Command] = attrs.Factory(dict)
    """By name."""
    sent: int = 0
    """How many messages it wrote."""
    chats: set[int] = attrs.Factory(set)
    """Ids of the chats where it wrote or heard something."""
    people: set[int] = attrs.Factory(set)
    """Ids of the users whom it heard."""
    actions: list[tuple[float, str, str, int]] = attrs.Factory(list)
    """What it was seen doing: when, in which dialog, the status, for how many seconds."""

    @property
    def hears_all(self) -> bool:
        """Whether it hears everything in its chats, not only what is meant for it (docs/portal.md#bot-hears)."""
        return self.kind in ("supervisor", "personal")

    def command(self, command_id: int) -> Command | None:
        """A command by its id."""
        return next((command for command in self.commands.values() if command.id == command_id), None)


class Bots:
    """The bots of a portal."""

    def __init__(self) -> None:
        self.gone: dict[int, Bot] = {}
        """Those that were unregistered."""
        self._bots: dict[int, Bot] = {}
        self._numbers = count(41)
        self._called: set[tuple[int, int]] = set()

    def __iter__(self) -> Iterator[Bot]:
        return iter(self._bots.values())

    def __len__(self) -> int:
        return len(self._bots)

    def get(self, bot_id: int) -> Bot | None:
        """A bot by its id."""
        return self._bots.get(bot_id)

    def of_code(self, code: str) -> Bot | None:
        """A bot by its code, which no other bot of the portal has."""
        return next((bot for bot in self if bot.code == code), None)

    def of_owner(self, owner: str) -> list[Bot]:
        """An owner's bots."""
        return [bot for bot in self if bot.owner == owner]

    def add(self, bot: Bot) -> None:
        """Take in a bot."""
        self._bots[bot.id] = bot

    def remove(self, bot: Bot) -> None:
        """Unregister a bot; its code is free again."""
        self.gone[bot.id] = self._bots.pop(bot.id)

    def new_command(self, bot: Bot, name: str) -> Command:
        """Give a bot a command."""
        command = bot.commands[name] = Command(next(self._numbers), bot.id, name)
        return command

    def note_call(self, call: CommandCall, message_id: int) -> None:
        """A command was called by a message: its bot may answer there."""
        self._called.add((call.command.id, message_id))

    def was_called(self, command_id: int, message_id: int) -> bool:
        """Whether that message called that command."""
        return (command_id, message_id) in self._called
