"""A bot, as a test looks at it: what it sees, says and does."""

from . import keyboards
from .bots import Bot
from .drafts import Message
from .viewer import Viewer
from .world import World


class BotSeen:
    """A registered bot. Dialog ids are what it calls them: ``chatN``, or a user's id."""

    def __init__(self, world: World, bot: Bot) -> None:
        self.bot = bot
        self.id = bot.id
        self._clock = world.clock
        self.viewer: Viewer = world.viewer(bot.id)
        """What it sees."""

    def __repr__(self) -> str:
        return f"<BotSeen {self.bot.code} ({self.id})>"

    def messages(self, dialog_id: str | int) -> list[str]:
        """Texts of a dialog, oldest first, the bot's own and others'."""
        return self.viewer.message_texts(dialog_id)

    def message_ids(self, dialog_id: str | int) -> list[int]:
        """Ids of the messages of a dialog, ascending: the last is the one whose buttons are to be pressed."""
        return self.viewer.visible_messages(dialog_id)

    def answers(self, dialog_id: str | int) -> list[str]:
        """Texts of the bot's own messages in a dialog, oldest first."""
        return [message.text for message in self._posts(dialog_id) if message.author_id == self.id]

    def buttons(self, dialog_id: str | int) -> list[str]:
        """Texts of the buttons under the newest message of a dialog that has some."""
        shown = [keyboards.buttons(message.params.get("KEYBOARD")) for message in self._posts(dialog_id)]
        newest = next(filter(None, reversed(shown)), None) or []
        return [str(button["TEXT"]) for button in newest]

    def doing(self, dialog_id: str | int) -> str | None:
        """What people see it do in a dialog now: a status code, an empty one while it types, None for nothing."""
        now = self._clock.elapsed()
        shown = [
            status
            for since, dialog, status, seconds in self.bot.actions
            if dialog == str(dialog_id) and since <= now < since + seconds
        ]
        return shown[-1] if shown else None

    def _posts(self, dialog_id: str | int) -> list[Message]:
        seat = self.viewer.seat_of(dialog_id)
        return list(seat.chat.messages(seat.visible_ids()))


def bot(world: World, code: str) -> BotSeen:
    """The bot of that code; KeyError where none is registered."""
    found = world.bots.of_code(code)
    if found is None:
        raise KeyError(f"no bot {code!r} is registered, only {sorted(one.code for one in world.bots)}")
    return BotSeen(world, found)
