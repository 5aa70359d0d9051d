"""Which values of an answer may fail it: those that something depends on, and no others."""

import copy

import pytest

from bitrix_im.convert import structure
from bitrix_im.errors import UnexpectedResponse
from bitrix_im.models import (
    Chat,
    Counters,
    Department,
    FileCommit,
    FoundMessages,
    MessagesPage,
    NotificationsPage,
    RecentList,
    UploadedFile,
)

from .test_models import example

ODD = (None, False, "", [], "N", "0000-00-00", 1.5, [1], {"a": 1})
MESSAGE = {"messages", "messages.*", *(f"messages.*.{name}" for name in ("id", "chat_id", "author_id", "date", "text"))}
NOTIFICATION = {f"notifications.*.{name}" for name in ("id", "author_id", "date", "notify_type", "text")}

STRICT = [
    (
        "im.recent.list",
        RecentList,
        {
            "items",
            "items.*",
            "items.*.id",
            "items.*.message",
            "items.*.message.id",
            "items.*.message.text",
            "items.*.pinned",
            "items.*.date_last_activity",
            "hasMore",
        },
    ),
    ("im.dialog.messages.get", MessagesPage, MESSAGE),
    ("im.dialog.messages.search", FoundMessages, MESSAGE),
    ("im.notify.get", NotificationsPage, {"notifications", "notifications.*", *NOTIFICATION}),
    ("im.search.chat.list", list[Chat], {"*", "*.id"}),
    ("im.search.department.list", list[Department], {"*", "*.id"}),
    ("im.counters.get", Counters, set()),
    ("im.v2.File.upload", UploadedFile, {"file", "file.id", "messageId"}),
    ("im.disk.file.commit", FileCommit, {"MESSAGE_ID"}),
]


def paths(value, path=()):
    """The path of each value inside a value; of a list's entries only that of the first."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value[:1]):
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from paths(inner, (*path, key))


def with_value(data, path, value):
    data = copy.deepcopy(data)
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return data


def fails(data, kind):
    try:
        structure(data, kind)
    except UnexpectedResponse:
        return True
    return False


@pytest.mark.parametrize(("name", "kind", "strict"), STRICT, ids=[name for name, _, _ in STRICT])
def test_only_what_something_depends_on_fails_an_answer(name, kind, strict):
    data = example(name)
    failing = {path for path in paths(data) if any(fails(with_value(data, path, odd), kind) for odd in ODD)}
    assert {".".join("*" if isinstance(key, int) else key for key in path) for path in failing} == strict
