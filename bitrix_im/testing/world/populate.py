"""A world with some of everything, drawn from the seed."""

from random import Random

from .records import Kind
from .world import World

_FIRST = ("Anna", "John", "Klaus", "Ольга", "Pedro", "Mei", "Nadia", "Igor", "Zoë", "Tom")
_LAST = ("Weber", "Doe", "Иванова", "O'Neil", "García", "Chen", "Smith", "Peterson", "Král", "Harris")
_TOPICS = ("Release", "Design", "Office", "Контракт", "Support", "Budget", "Hiring", "Lunch & <Learn>", "Sprint")
_KINDS: tuple[Kind, ...] = ("chat", "private", "lines", "open", "channel", "copilot", "sonetGroup", "openChannel")
_WEIGHTS = (40, 35, 6, 8, 3, 3, 4, 1)
_GAPS = (0, 0, 1, 30, 300, 1200, 3600)  # seconds between dialogs: some share one


def populate(
    world: World,
    *,
    dialogs: int,
    found: tuple[str, int],
    messages: int,
    unread: int,
    dropped: int,
    doubled: int,
    queue_lines: int,
    pinned: int,
    tasks: int,
) -> None:
    """Fill *world*; see `Portal.populate`."""
    random = Random(f"populate {world.seed}")
    colleagues = _colleagues(world, random)
    gaps = random.choices(_GAPS, k=dialogs)
    date = world.clock.seconds() - sum(gaps) - 60
    made: list[str] = []
    showcase_at = dialogs // 2
    for index, (gap, kind) in enumerate(zip(gaps, _kinds(random, dialogs, showcase_at), strict=True)):
        date += gap
        if index == showcase_at:
            dialog_id = world.showcase = world.add_chat("Showcase", members=colleagues[4:], date=date)
        else:
            dialog_id = _dialog(world, random, kind, colleagues, date)
        made.append(dialog_id)
        if index == showcase_at:
            world.add_history(dialog_id, messages, unread=unread)
        else:
            count = random.choice((1, 1, 2, 3, 5))
            world.add_history(dialog_id, count, unread=random.choice((0, 0, 0, 1)))
    for _ in range(tasks):
        task = world.add_chat(f"Task {random.choice(_TOPICS)}", kind="tasksTask", members=colleagues[:2], date=date)
        world.add_history(task, 2)
    for number in range(found[1]):
        title = f"{found[0]}: {random.choice(_TOPICS)} {number}"
        kind = random.choice(("chat", "sonetGroup", "open"))
        chat = world.add_chat(title, kind=kind, members=random.sample(colleagues, 2), recent=False)
        world.chat(chat).description = random.choice((None, "", "What it is about"))
    for dialog_id in random.sample(made, min(doubled, dialogs)):
        world.double(dialog_id, random.randrange(dialogs))
    for _ in range(dropped):
        world.add_dropped_row(random.randrange(dialogs or 1))
    for dialog_id in random.sample(made, min(pinned, dialogs)):
        world.me.pin(dialog_id)
    for dialog_id in random.sample(made, dialogs // 12):
        world.me.mark_unread(dialog_id)
    for number in range(queue_lines):
        world.add_queue_line(f"Visitor {number + 1}")


def _colleagues(world: World, random: Random) -> list[int]:
    """A dozen people, among them the odd ones."""
    people = [world.add_user(_name(random)) for _ in range(12)]
    people.append(world.add_user("Helper Bot", bot=True))
    people.append(world.add_user(_name(random), extranet=True))
    people.append(world.add_user(_name(random), active=False))
    people.append(world.add_user("Gone Away", deleted=True))
    return people


def _kinds(random: Random, dialogs: int, showcase_at: int) -> list[Kind]:
    """Every kind at least once, if there is room; the showcase is a chat anyway."""
    kinds = random.choices(_KINDS, _WEIGHTS, k=dialogs)
    others = [place for place in range(dialogs) if place != showcase_at]
    places = random.sample(others, min(len(others), len(_KINDS)))
    for place, kind in zip(places, _KINDS, strict=False):
        kinds[place] = kind
    return kinds


def _dialog(world: World, random: Random, kind: Kind, colleagues: list[int], date: int) -> str:
    if kind == "private":
        shapeless = random.random() < 0.05
        return world.add_private(world.add_user(_name(random), shapeless=shapeless), date=date)
    members = random.sample(colleagues, random.randint(2, 5))
    muted = random.choice(((), (), (), (world.user_id,), tuple(members[:2])))
    title = f"{random.choice(_TOPICS)} {len(world.chats)}"
    return world.add_chat(title, kind=kind, members=members, date=date, muted=muted, can_manage=random.random() < 0.7)


def _name(random: Random) -> str:
    return f"{random.choice(_FIRST)} {random.choice(_LAST)}"
