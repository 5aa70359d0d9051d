"""What happens at a portal: messages are written, edited and deleted, people join and leave, and all who watch hear."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from .clock import ServerClock
from .drafts import Message, uuid4
from .happenings import Happening
from .notices import CONFIRM, FROM_USER, SYSTEM, Notice
from .records import Chat
from .store import Store
from .viewer import Viewer

_KEY_LIVES = 31 * 86_400


class Life(Store):
    """The portal's users at work; each change reaches the lists of those who see it."""

    def __init__(self, seed: int, user_id: int, clock: ServerClock) -> None:
        super().__init__(seed, user_id, clock)
        self.random = Random(seed)
        self.viewers: dict[int, Viewer] = {}
        self.listeners: list[Callable[[Happening], None]] = []
        """Told of everything that happens in chats."""
        self.pending: dict[str, float] = {}
        """Until when a repeat of an idempotency key is MESSAGE_DUPLICATED_BY_UUID."""
        self.pending_seconds = 0.0
        """How long that goes on after the message is there."""
        self.sends_that_die = 0
        """How many of the next sends with a key die half-way: HTTP 500, and the key is taken for an hour."""
        self._sent: dict[str, tuple[int, float]] = {}
        self._next_message = 20_001

    def viewer(self, user_id: int) -> Viewer:
        """What that user sees; the first time, made out of the chats that they are in."""
        viewer = self.viewers.get(user_id)
        if viewer is None:
            viewer = self.viewers[user_id] = Viewer(self, user_id)
            viewer.arrive()
        return viewer

    def write(self, chat: Chat, author_id: int, text: str, *, uuid: str | None, params: dict[str, Any]) -> int:
        """Put a message into a chat, which rises in its members' lists; return its id."""
        message_id, self._next_message = self._next_message, self._next_message + self.random.choice((1, 1, 2))
        now = max(self.clock.seconds(), chat.dates[-1] if chat.dates else 0)
        if uuid is None and author_id:
            uuid = uuid4(message_id * 17 + self.seed)
        message = Message(message_id, author_id, now, text, uuid, dict(params))
        chat.append(message)
        self._homes[message_id] = chat
        for viewer in self._watching(chat):
            viewer.hear(chat, message_id, author_id, now)
        self.tell(Happening("message", chat, author_id, message))
        return message_id

    def change(self, chat: Chat, message: Message, text: str, params: dict[str, Any], user_id: int) -> None:
        """Edit a message, or leave only the notice of its deletion; a draft that was changed is kept."""
        before, message.text, message.params = message.text, text, params
        chat.kept[message.id] = message
        self.touch(chat)
        self.tell(Happening("delete" if message.deleted else "update", chat, user_id, message, before=before))

    def react(self, chat: Chat, message: Message, user_id: int, reaction: str = "like", *, on: bool = True) -> bool:
        """Set a reaction, in place of the user's other one, or take it back; False where that changes nothing."""
        likes = list(message.params.get("LIKE", ()))
        set_before = "like" if user_id in likes else message.reactions.get(user_id)
        if on is (set_before == reaction):
            return False
        likes = [liker for liker in likes if liker != user_id]
        message.reactions.pop(user_id, None)
        if on and reaction == "like":
            likes.append(user_id)
        elif on:
            message.reactions[user_id] = reaction
        rest = {name: value for name, value in message.params.items() if name != "LIKE"}
        message.params = rest | ({"LIKE": likes} if likes else {})
        chat.kept[message.id] = message
        self.touch(chat)
        self.tell(Happening("reaction", chat, user_id, message, reaction, on))
        return True

    def join(self, chat: Chat, user_ids: Sequence[int], *, hide_history: bool = False) -> None:
        """Take users into a chat, perhaps without what was said before."""
        for user_id in user_ids:
            if user_id in chat.members or user_id not in self.users:
                continue
            viewer = self.viewer(user_id)
            chat.members = [*chat.members, user_id]
            seat = viewer.seat(chat)
            seat.read_id = chat.last_id
            if hide_history:
                seat.start_id = chat.last_id + 1
            viewer.rows.bump(seat, self.clock.seconds())
            self.tell(Happening("join", chat, user_id))

    def part(self, chat: Chat, user_id: int) -> None:
        """Take a user out of a chat."""
        self.viewer(user_id).leave(chat.dialog_id)

    def erase(self, message_id: int) -> None:
        """Delete a message for good: with the newest its dialog falls back (docs/portal.md#recent-falls-back)."""
        chat = self.home(message_id)
        if chat is None:
            raise KeyError(message_id)
        at = chat.ids.index(message_id)
        del chat.ids[at], chat.dates[at]
        chat.kept.pop(message_id, None)
        self._homes.pop(message_id, None)
        for viewer in self._watching(chat):
            viewer.rows.fall_back(viewer.seat(chat), chat.dates[-1] if chat.dates else chat.created)

    def touch(self, chat: Chat) -> None:
        """Something of the chat changed: ``im.recent.get`` has it, for all who are in it."""
        for viewer in self._watching(chat):
            viewer.touch(viewer.seat(chat))

    def notify(
        self, text: str, user_id: int | None = None, *, author_id: int = 0, buttons: Sequence[str] = (), tag: str = ""
    ) -> int:
        """Give a user (the portal's own) a notification, with *buttons* one to confirm; return its id."""
        kind = CONFIRM if buttons else FROM_USER if author_id else SYSTEM
        now, number = self.clock.seconds(), self.number()
        notice = Notice(number, author_id, now, text, kind, tag=tag, buttons=tuple(buttons))
        self.viewer(user_id or self.user_id).notices.add(notice)
        return number

    def tell(self, happening: Happening) -> None:
        """Let everybody who listens know."""
        for listener in self.listeners:
            listener(happening)

    def number(self) -> int:
        """An id of the sequence that messages and notifications share."""
        number, self._next_message = self._next_message, self._next_message + 1
        return number

    def remember_sent(self, key: str, message_id: int) -> None:
        """A message was sent under an idempotency key."""
        self._sent[key] = message_id, self.clock.now()

    def sent_before(self, key: str) -> int | None:
        """The message that was sent under an idempotency key in the last 31 days."""
        message_id, sent = self._sent.get(key, (None, 0.0))
        return message_id if self.clock.now() - sent < _KEY_LIVES else None

    def _watching(self, chat: Chat) -> list[Viewer]:
        return [viewer for viewer in self.viewers.values() if viewer.user_id in chat.members]
