"""What tests of exports share: portals that are small and odd, and what a target holds."""

import sqlite3
from contextlib import closing

from bitrix_im.testing import Portal


def portal_of(seed=1, **options):
    """A portal with some of everything, in which two dialogs are longer than a page."""
    portal = Portal(seed=seed, limited=False, **options).populate(dialogs=30, messages=130)
    portal.add_history(portal.add_chat("Long", date=server_second(portal) - 3600), 180, hidden=20)
    return portal


def server_second(portal):
    return portal.clock.seconds()


def truth(portal):
    """All messages that an export should hold: (dialog, id, text)."""
    return {
        (name, number, message.text)
        for name in portal.visible_dialogs()
        for seat in [portal.me.seat_of(name)]
        for number, message in [(one.id, one) for one in seat.chat.messages(seat.visible_ids())]
    }


def rows(path, table, columns):
    """Rows of a target's table."""
    with closing(sqlite3.connect(path)) as database:
        return database.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()


def messages(path):
    """All messages that a target holds: (dialog, id, text)."""
    found = rows(path, "messages", ["dialog_id", "id", "text"])
    assert len(found) == len(set(found))
    return set(found)
