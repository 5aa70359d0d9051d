"""`BitrixIM`: the client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from .auth import OAuth, Webhook, credentials_of
from .bots.bots import Bots
from .bots.run import opening
from .convert import structure
from .errors import BitrixError
from .events.marks import Mark
from .events.queue import QueueStream
from .events.replies import Listener
from .events.stream import EventStream
from .events.user import UserQueue, UserVoice
from .events.watch import Watch
from .limits import Limits, SharedLimits
from .methods import Chats, Counters, Departments, Dialogs, Files, Messages, Notifications, Recent, Search, Users
from .models import Revision
from .rest import batch as batches
from .rest.call import Call, Reply
from .session.retry import Retry
from .session.session import BoundSession, Session
from .session.stats import Stats
from .session.unit import Options

if TYPE_CHECKING:
    import httpx


class BitrixIM:
    """A client for the messenger of one portal.

    *auth* is a webhook's URL, a `Webhook`, or an `OAuth` application. *limits* is what the portal allows, *retry* how
    long to keep trying, *timeout* the seconds one request may take (the cloud itself cuts a request at 60 s). An *http*
    client passed in stays the caller's: it is neither changed nor closed.

    One client serves a whole process: make it once, call it from any number of tasks of one event loop, and close it
    with ``async with`` or `aclose`. Runs on asyncio and trio. From another event loop than that of its first call it
    raises `RuntimeError`; clients of one portal in one loop share its pace, several processes do by `SharedLimits`.

    A call that must wait knows its caller's deadline where anyio has set it (``anyio.fail_after``, ``move_on_after``),
    and is not sent when the answer could not come in time. ``asyncio.timeout`` and ``wait_for`` cannot be seen: such a
    call may still be sent, and is given up when they cancel it.

    Raises `ValueError` or `TypeError` for options that cannot work.
    """

    def __init__(
        self,
        auth: str | Webhook | OAuth,
        *,
        limits: Limits | SharedLimits = Limits(),  # noqa: B008 - frozen
        retry: Retry = Retry(),  # noqa: B008 - frozen
        timeout: float = 75.0,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        try:
            credentials = credentials_of(auth)
        finally:
            del auth  # a traceback shows locals, and a mistyped webhook is a secret all the same
        self._user_id = credentials.user_id if isinstance(credentials, Webhook) else None
        self._attach(Session(credentials, limits, http), Options(timeout, retry))

    def _attach(self, session: Session, options: Options) -> None:
        self._session = session
        self._options = options
        self._caller = BoundSession(session, options)
        self.recent = Recent(self._caller)
        self.search = Search(self._caller)
        self.messages = Messages(self._caller)
        self.bots = Bots(self._caller, session)
        self.dialogs = Dialogs(self._caller)
        self.chats = Chats(self._caller)
        self.users = Users(self._caller)
        self.notifications = Notifications(self._caller)
        self.departments = Departments(self._caller)
        self.files = Files(self._caller)
        self.counters = Counters(self._caller)

    async def call(
        self, method: str, params: Mapping[str, Any] | None = None, *, repeatable: bool | None = None
    ) -> Reply:
        """Call any REST method (``"im.user.get"``) and return the answer undecoded.

        In *params* booleans become ``"Y"``/``"N"`` and aware datetimes ``±HH:MM``; None values are left out. Raises
        the class of `ApiError` that the portal's code stands for, `TransportError` or `UnexpectedResponse`.

        A call that may have run is only made again where that does no harm: for methods that read, and for those with
        a key (TEMPLATE_ID). *repeatable* says so, or the opposite, for a method of which that is not known.
        """
        return await self._caller.call(Call(method, params or {}, repeatable))

    async def batch(self, calls: Mapping[str, Call], halt: bool = False) -> dict[str, Reply | BitrixError]:
        """Run any number of named calls, fifty to a request (``batch``), and return what became of each.

        Calls of one chunk of fifty may use results of earlier ones: ``"$result[name][path]"`` as a parameter's value.
        The portal replaces such words wherever they stand, so never put other people's text into a batch: `call` and
        `messages.send` are safe with any. With *halt* the first error ends it, and the calls behind are missing from
        the outcome.

        Raises what fails a request as a whole, with the ``outcomes`` of the chunks before it; a batch is only repeated
        after such a failure when all its commands only read. Raises `ValueError` for a reference to another chunk.
        """
        outcomes: dict[str, Reply | BitrixError] = {}
        for chunk, call in list(batches.chunks(calls, halt)):
            try:
                told = batches.named(await self._caller.call(call), chunk, halt)
            except BitrixError as error:
                error.outcomes = outcomes
                raise
            outcomes.update(told)
            if halt and any(isinstance(outcome, BitrixError) for outcome in told.values()):
                break
        return outcomes

    def events(self, *, mark: Mark | None = None, interval: tuple[float, float] | None = None) -> EventStream:
        """Hear what happens in the dialogs of the user who calls, as it happens (``im.v2.Event.get``).

        ::

            async with im.events(mark=FileMark("me.mark")) as events:
                async for event in events:
                    ...

        At least once: asking for the next event confirms the one before, and what was not asked past comes again.
        The user's own messages come, too (``event.is_mine``). *mark* keeps how far events are confirmed over a restart;
        *interval* is the shortest and the longest time between two reads, (2, 15) seconds where not told. The portal
        keeps events for 24 hours, from the first time that somebody subscribed for the user.

        **One consumer a user.** A second one, in whatever process, gets the same events and confirms them for the
        first: what either confirms before the other has read it is lost for the other. In one client that is a
        `RuntimeError`; from elsewhere it is noticed, logged, and counted in ``events.taken``. For any number use
        `watch`.

        Entering raises `MethodNotFound` on older portals, `ValueError` for a damaged mark; iterating raises what the
        portal answers once the retries gave up, and can go on after that.
        """
        queue = UserQueue(self._caller, self._user_id)
        return QueueStream(self._caller, queue, mark=mark, interval=interval, owner=self._session, name="im.events()")

    def watch(
        self,
        dialogs: Iterable[str | int] | str | int | None = None,
        *,
        mark: Mark | None = None,
        interval: tuple[float, float] | None = None,
    ) -> EventStream:
        """Hear new messages, on every portal and with any number of watchers (``im.recent.get``).

        Gives `MessageAdded` events for *dialogs* (ids, or one), or for all; used as what `events` gives, without
        touching the event queue. At least once, in order within a dialog, each message once within a run. Without a
        *mark*, or with an empty one, it begins now and saves that point at once; a mark is the highest message id below
        which all is handed out, and however long ago it was saved, nothing above it is missed that the portal still
        shows.

        Looks every 2 seconds while people write, every 15 when nobody does (*interval*). An event's ``event_id`` is its
        message's id. Iterating raises what the portal answers once the retries gave up, and can go on after that.
        """
        listener = None if self._user_id is None else Listener("user", self._user_id)
        voice = UserVoice(self._caller)
        return Watch(self._caller, listener, voice, dialogs, mark=mark, interval=interval)

    async def stop_events(self) -> None:
        """Record no more events for the user who calls (``im.v2.Event.unsubscribe``).

        What is recorded already stays for 24 hours. Stop the consumer first: it would subscribe again.
        """
        await self._caller.call(Call("im.v2.Event.unsubscribe"))

    async def revision(self) -> Revision:
        """Which revisions of the messenger's interfaces the portal speaks (``im.revision.get``)."""
        reply = await self._caller.call(Call("im.revision.get"))
        return structure(reply.result, Revision, at="$.result")

    def with_options(self, *, timeout: float | None = None, retry: Retry | None = None) -> BitrixIM:
        """The same client with another timeout or retry: it shares limits, connections and closing."""
        options = Options(
            self._options.timeout if timeout is None else timeout, self._options.retry if retry is None else retry
        )
        copy = object.__new__(BitrixIM)
        copy._user_id = self._user_id
        copy._attach(self._session, options)
        return copy

    @property
    def portal(self) -> str:
        """The portal's host, ``"acme.bitrix24.com"``, with its port where it has one."""
        return self._session.host

    @property
    def limits(self) -> Limits:
        """What the portal allows, as this client was told."""
        return self._session.limits

    @property
    def user_id(self) -> int | None:
        """Who calls, where the credentials tell: a webhook is a user's. None for an application."""
        return self._user_id

    @property
    def stats(self) -> Stats:
        """What this client, and those that share its session, have done so far."""
        return self._session.stats

    async def aclose(self) -> None:
        """Close the connections. Calls made afterwards raise `RuntimeError`, as this does in another event loop."""
        await self._session.aclose()

    async def __aenter__(self) -> BitrixIM:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"BitrixIM({self._session})"


opening.append(BitrixIM)
