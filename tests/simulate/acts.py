"""What users do besides walking: sends, raw calls, batches, crowds of them, and errors that nobody gets over."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import anyio

from bitrix_im import (
    AccessError,
    ApiError,
    BitrixError,
    Call,
    OverloadLimit,
    PortalGone,
    QueryLimitExceeded,
)
from bitrix_im.testing import Fault

from .judge import judge_command
from .user import Cancelled

_FINAL = {
    Fault.OVERLOAD_503: OverloadLimit,
    Fault.OVERLOAD_401: OverloadLimit,
    Fault.ACCESS_DENIED: AccessError,
    Fault.PORTAL_DELETED: PortalGone,
    Fault.RENAMED: PortalGone,
    Fault.TOO_LARGE: ApiError,
}
# Not known to be safe to repeat, so it travels alone: no neighbour in a batch shares its fate.
_LONELY = "im.notify.system.add"


class Sent:
    """The ledger of messages: what was sent, and what its sender was told."""

    def __init__(self, sim):
        self._sim = sim
        self._count = 0
        self._told = {}

    def text(self):
        self._count += 1
        text = f"message {self._count} of the simulation"
        self._told[text] = None
        return text

    def confirm(self, text, dialog, number):
        """The sender was told that it is there: check that it is, once, and under that id."""
        self._told[text] = number
        if (at := self._places_in(dialog).get(text)) != [number]:
            self._sim.fail("each message exactly once", f"{text!r} was answered {number} in {dialog}, and is at {at}")

    def check(self, dialog, text):
        """The sender was told of a failure: it may be there, but not twice."""
        if len(at := self._places_in(dialog).get(text, [])) > 1:
            self._sim.fail("each message exactly once", f"{text!r} failed, and is at {at}")

    def check_all(self):
        """Everything once more, at the end."""
        places = {}
        for chat in self._sim.portal.world.chats.values():
            for text, numbers in self._places(chat).items():
                places.setdefault(text, []).extend(numbers)
        for text, told in self._told.items():
            at = places.pop(text, [])
            if len(at) > 1 or (told is not None and at != [told]):
                self._sim.fail("each message exactly once", f"{text!r} was answered {told}, and is at {at}")

    def _places_in(self, dialog):
        return self._places(self._sim.portal.world.chat(dialog))

    def _places(self, chat):
        places = {}
        for message in chat.kept.values():
            if message.text in self._told:
                places.setdefault(message.text, []).append(message.id)
        return places


async def send(user, *, system=None):
    """Send one message; what its sender is told is true."""
    sim, draw = user.sim, user.random
    system = draw.random() < 0.15 if system is None else system
    dialog = draw.choice(sim.portal.visible_dialogs())
    text = sim.sent.text()
    user.tell(f"sends {text!r} to {dialog}")
    try:
        number = await user.step(
            lambda: user.im.messages.send(dialog, text, system=system),
            what="a send",
            repeatable=not system,
            patience=user.impatience(),
            dialog=dialog,
        )
    except (BitrixError, Cancelled) as failure:
        sim.sent.check(dialog, text)
        await user.recover(failure)
    else:
        sim.sent.confirm(text, dialog, number)


async def call(user, patience=None):
    """Call something whose answer can be told from every other."""
    method, params, is_right = _question(user)
    dialog, patience = params.get("DIALOG_ID"), user.impatience() if patience is None else patience
    try:
        reply = await user.step(lambda: user.im.call(method, params), what=method, patience=patience, dialog=dialog)
    except (BitrixError, Cancelled) as failure:
        await user.recover(failure)
    else:
        _expect(user, method, params, reply, is_right)


async def changed(user):
    """Ask what changed lately (``im.recent.get``)."""
    sim = user.sim
    stage, portal = sim.stage, sim.portal
    day = datetime.fromtimestamp(portal.clock.seconds(), UTC) - timedelta(days=user.random.choice((1, 6)))
    since, before = stage.seq, portal.changed_dialogs(day)
    try:
        items = await user.step(lambda: user.im.recent.get(last_sync_date=day), what="im.recent.get")
    except BitrixError as error:
        await user.recover(error)
        return
    names = {item.dialog_id for item in items}
    lost = [name for name in before if name not in names and not stage.is_gone(name, since)]
    if lost or len(names) != len(items):
        sim.fail("nothing lost", f"{user.name}: im.recent.get gave {len(items)} items, but not {lost}")


async def ask_together(user):
    """Ask many things in a batch of one's own."""
    questions = {f"q{number}": _question(user) for number in range(user.random.choice((3, 20, 70)))}
    calls = {name: Call(method, params) for name, (method, params, _) in questions.items()}
    try:
        outcomes = await user.step(lambda: user.im.batch(calls), what="a batch", patience=user.impatience())
    except (BitrixError, Cancelled) as failure:
        await user.recover(failure)
        return
    if list(outcomes) != list(questions):
        user.sim.fail("nothing lost", f"{user.name}: a batch answered {list(outcomes)}")
    for name, outcome in outcomes.items():
        method, params, is_right = questions[name]
        if isinstance(outcome, BitrixError):
            judge_command(user, outcome, params.get("DIALOG_ID"))
        else:
            _expect(user, method, params, outcome, is_right)


async def crowd(user):
    """Do many things at once, as a server's tasks would."""
    count = user.random.choice((5, 12, 30, 60))
    kind = user.random.choice((call, send, _send_system))
    user.tell(f"a crowd of {count}")
    async with anyio.create_task_group() as tasks:
        for _ in range(count):
            tasks.start_soon(kind, user)


async def _send_system(user):
    await send(user, system=True)


async def be_impatient(user):
    """Many short calls, each under a deadline of its own: who gives up takes only itself away."""
    sim, draw = user.sim, user.random
    stage, elapsed = sim.stage, sim.portal.clock.elapsed
    patience, pace, count = draw.choice((1.5, 1.5, 4.0)), draw.choice((4.0, 9.0)), draw.choice((40, 90))
    mark = f"{user.name} {user.operations}"
    since, troubled, answered = len(sim.portal.log), user.expects_to_wait("im.user.list.get", patience), 0
    person = draw.choice([number for number in sim.portal.world.users if number != 1])
    if draw.random() < 0.5:
        sim.fill_buckets()
    user.tell(f"is impatient: {count} calls, {pace:g} a second, {patience:g} s each")

    async def ask():
        nonlocal answered
        started = anyio.current_time()
        with suppress(TimeoutError):
            with anyio.fail_after(patience):
                try:
                    await user.im.call("im.user.list.get", {"ID": [person], "MARK": mark})
                except BitrixError as error:
                    sim.hunter.hunt_error(error)
                else:
                    answered += 1
        if (took := anyio.current_time() - started) > patience + 0.001:
            sim.fail("a deadline is kept", f"{user.name} had {patience:g} s and was kept for {took:.3f} s")

    async with anyio.create_task_group() as tasks:
        for _ in range(count):
            tasks.start_soon(ask)
            await anyio.sleep(1 / pace)
            troubled |= stage.is_troubled(elapsed())
    # Out of operating time, waiting for tokens that another process is getting, or refused since others take what
    # drains: each lasts longer than anybody here waits.
    pauses = ("OPERATION_TIME_LIMIT", "expired_token", "QUERY_LIMIT_EXCEEDED")
    paused = any(exchange.error in pauses for exchange in sim.portal.log[since:])
    ran = stage.marks.pop(mark, 0)
    user.tell(f"{answered} of {count} were answered, {ran} ran")
    # A try that failed may have run, and some answers were lost: but nothing runs over and over for nobody.
    if ran > 1.5 * count:
        sim.fail("impatience multiplies nothing", f"{user.name}: {ran} commands for {count} calls, {answered} answered")
    if not (troubled or paused) and answered < 0.1 * count:
        sim.fail("who can wait a little is answered", f"{user.name}: {answered} of {count} calls, {patience:g} s each")


async def meet_the_end(user):
    """One error that no repeat cures: it is raised as what it is, after exactly one request."""
    sim, portal = user.sim, user.sim.portal
    if sim.stage.is_troubled(portal.clock.elapsed()):
        return  # there is trouble enough
    fault = user.random.choice(list(_FINAL))
    sim.stage.plan_faults((fault, _LONELY))
    user.tell(f"meets {fault.name}")
    before = len(portal.log)
    try:
        await user.im.call(_LONELY, {"USER_ID": 1, "MESSAGE": "The end is near"})
    except ApiError as error:
        sim.hunter.hunt_error(error)
        if not isinstance(error, _FINAL[fault]) or error.attempts != 1 or isinstance(error, QueryLimitExceeded):
            sim.fail("errors have their reasons", f"{fault.name} was raised as {error!r}")
    else:
        if not sim.stage.is_troubled(portal.clock.elapsed()):
            sim.fail("errors have their reasons", f"{fault.name} was not raised")
    asked = sum(exchange.method == _LONELY for exchange in portal.log[before:])
    if asked != 1:
        sim.fail("what is final is not repeated", f"{fault.name} was followed by {asked - 1} more requests")


async def trouble(user):
    """Something happens to the portal, or around it."""
    sim = user.sim
    match user.random.choice(("foreign", "foreign", "expire", "elsewhere")):
        case "foreign":
            user.tell("another program is busy on this address")
            sim.fill_buckets()
        case "expire":
            sim.application.expire()
            await call(user, user.random.choice((0.3, 0.6)))  # cancelled in the middle of a refresh
        case "elsewhere":
            sim.application.refresh_elsewhere()
    await (crowd if user.random.random() < 0.5 else call)(user)


def _question(user):
    """A method, its parameters, and whether an answer is the one to them."""
    portal = user.sim.portal
    match user.random.randrange(3):
        case 0:
            name = user.random.choice(portal.visible_dialogs())
            return "im.dialog.get", {"DIALOG_ID": name}, lambda result: result["dialog_id"] == name
        case 1:
            person = user.random.choice([number for number in portal.world.users if number != 1])
            return "im.user.list.get", {"ID": [person]}, lambda result: list(result) in ([str(person)], [person])
        case _:
            earliest = portal.clock.seconds()
            return (
                "server.time",
                {},
                lambda result: earliest <= datetime.fromisoformat(result).timestamp() <= portal.clock.now(),
            )


def _expect(user, method, params, reply, is_right):
    if not is_right(reply.result):
        user.sim.fail("everyone gets their own answer", f"{user.name}: {method} {params} gave {reply.result!r:.300}")
