"""What typed decoding costs, as a multiple of ``json.loads`` of the same bytes.

``python -m benchmarks.decoding [rounds]``

The pages have the size and shape of the official examples: every documented field, long links, dates that differ.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any

from bitrix_im.convert import structure
from bitrix_im.models import MessagesPage, RecentList

START = datetime(2026, 3, 4, 9, 43, 26, tzinfo=timezone(timedelta(hours=3)))
WORDS = "please look at the second version of the contract before our call with the supplier tomorrow morning thanks"
PICTURE = (
    "https://cdn.com.bitrix24.com/b17053/resize_cache/54309/ff58db95aecdfa09ae61b51b5fd8f63f/im/553/{:032x}/avatar.png"
)
LINK = (
    "https://acme.bitrix24.com/bitrix/services/main/ajax.php?action=disk.api.file.download&SITE_ID=s1&humanRE=1"
    "&fileId={}&exact=N&_esd=s6P3x5qDBEKU0NiS7sczr69Y%2FHHR8Za8EXa7STOAXIVOylYhMsnMj5nGU0VXeQ1PIsqm%2F0GNxOju5wR1jNj7"
    "&fileName=image.png"
)


def date(n: int) -> str:
    return (START - timedelta(seconds=n * 97)).isoformat()


def text(n: int) -> str:
    return WORDS[n % 40 : n % 40 + 20 + n % 50]


def user(n: int) -> dict[str, Any]:
    return {
        "id": n,
        "active": True,
        "name": f"Anna Weber {n}",
        "first_name": "Anna",
        "last_name": f"Weber {n}",
        "work_position": "Manager",
        "color": "#df532d",
        "avatar": PICTURE.format(n) if n % 3 else "",
        "avatar_hr": PICTURE.format(n) if n % 3 else "/bitrix/js/im/images/blank.gif",
        "gender": "F",
        "birthday": "08-03" if n % 2 else "",
        "extranet": False,
        "network": False,
        "bot": False,
        "connector": False,
        "external_auth_id": "socservices",
        "status": "online",
        "idle": False,
        "last_activity_date": date(n),
        "mobile_last_date": date(n * 3) if n % 2 else False,
        "desktop_last_date": False,
        "absent": False,
        "departments": [1, 667],
        "phones": {"personal_mobile": "+19165554419", "work_phone": "19123456789"} if n % 4 == 0 else False,
        "bot_data": None,
        "type": "user",
        "website": "",
        "email": f"weber{n}@example.com",
    }


def chat(n: int) -> dict[str, Any]:
    return {
        "id": n,
        "parent_chat_id": 0,
        "parent_message_id": 0,
        "name": f"Project {n}",
        "owner": 547,
        "extranet": False,
        "contains_collaber": False,
        "avatar": PICTURE.format(n) if n % 3 else "",
        "color": "#4ba984",
        "type": "chat",
        "entity_type": "",
        "entity_id": "",
        "entity_data_1": "",
        "entity_data_2": "",
        "entity_data_3": "",
        "mute_list": {"503": True} if n % 5 == 0 else [],
        "manager_list": [503] if n % 2 else [],
        "date_create": date(n * 50),
        "message_type": "C",
        "user_counter": 2 + n % 30,
        "restrictions": dict.fromkeys(
            ("avatar", "rename", "extend", "call", "mute", "leave", "leave_owner", "send", "user_list"), True
        ),
        "role": "MEMBER",
        "text_field_enabled": True,
        "background_id": None,
        "entity_link": {"type": "", "url": "", "id": ""},
        "permissions": {
            "manage_users_add": "member",
            "manage_users_delete": "manager",
            "manage_ui": "member",
            "manage_settings": "owner",
            "manage_messages": "member",
            "can_post": "member",
        },
        "public": "",
    }


def item(n: int) -> dict[str, Any]:
    private = n % 2 == 0
    return {
        "id": n if private else f"chat{n}",
        "chat_id": n + 1000 if private else n,
        "type": "user" if private else "chat",
        "avatar": {"url": PICTURE.format(n) if n % 3 else "", "color": "#4ba984"},
        "title": f"Anna Weber {n}" if private else f"Project {n}",
        "message": {
            "id": 84000 - n,
            "text": text(n),
            "file": False,
            "author_id": n if private else n % 30 + 1,
            "attach": False,
            "sticker": None,
            "date": date(n),
            "status": "received",
            "uuid": f"0c3c5ad6-a1b8-4d4d-9234-{n:012x}",
        },
        "counter": n % 4,
        "last_id": 83000 - n,
        "pinned": n < 3,
        "unread": False,
        "has_reminder": False,
        "date_update": date(n),
        "date_last_activity": date(n),
        **({} if private else {"chat": chat(n)}),
        "user": user(n if private else n % 30 + 1),
        **({"chat": {"text_field_enabled": True, "background_id": None, "mute_list": []}} if private else {}),
        "options": [],
    }


def message(n: int) -> dict[str, Any]:
    params: Any = []
    if n % 4 == 1:
        params = {"LIKE": [5, 7]}
    elif n % 6 == 0:
        params = {"FILE_ID": [n // 6]}
    elif n % 10 == 3:
        params = {"CODE": ["CHAT_JOIN"], "NOTIFY": "N"}
    return {
        "id": 84877 - 2 * n,
        "chat_id": 1489,
        "author_id": n % 12 + 1,
        "date": date(n),
        "text": text(n),
        "unread": False,
        "uuid": f"0c42a08f-4235-49fc-994f-{n:012x}",
        "replaces": [],
        "params": params,
        "disappearing_date": None,
    }


def file(n: int) -> dict[str, Any]:
    return {
        "id": n,
        "chatId": 1489,
        "date": date(n),
        "type": "image",
        "name": "image.png",
        "extension": "png",
        "size": 2144 * n,
        "image": {"height": 61, "width": 72},
        "status": "done",
        "progress": 100,
        "authorId": 5,
        "authorName": "Anna Weber 5",
        "urlPreview": LINK.format(n),
        "urlShow": LINK.format(n),
        "urlDownload": LINK.format(n),
        "viewerAttrs": {
            "viewer": "",
            "viewerType": "image",
            "src": LINK.format(n),
            "viewerResized": "",
            "objectId": str(n),
            "viewerGroupBy": "1489",
            "imChatId": 1489,
            "title": "image.png",
            "actions": '[{"type":"download"},{"type":"copyToMe","text":"Save to Disk"}]',
        },
        "mediaUrl": {"preview": {"250": LINK.format(n)}},
        "isTranscribable": False,
        "isVideoNote": False,
        "isVoiceNote": False,
    }


def pages() -> dict[str, tuple[bytes, type]]:
    recent = {
        "items": [item(n) for n in range(1, 201)],
        "hasMorePages": True,
        "hasMore": True,
        "copilot": {"chats": None, "messages": None, "roles": None, "recommendedRoles": []},
        "messagesAutoDeleteConfigs": [],
    }
    messages = {
        "chat_id": 1489,
        "messages": [message(n) for n in range(50)],
        "users": [user(n) for n in range(1, 13)],
        "files": [file(n) for n in range(1, 9)],
    }
    return {
        "recent, 200 items": (json.dumps(recent).encode(), RecentList),
        "messages, 50 + 12 users + 8 files": (json.dumps(messages).encode(), MessagesPage),
    }


def decode(body: bytes, kind: type) -> object:
    return structure(json.loads(body), kind)


def seconds(work: Callable[[], object], repeat: int = 5) -> float:
    """Time one call, with the garbage collector on, as in use."""
    start = time.perf_counter()
    for _ in range(repeat):
        work()
    return (time.perf_counter() - start) / repeat


def best(page: str, rounds: int = 100) -> dict[str, float]:
    """The least seconds of *rounds* interleaved ones: loading, structuring, and both."""
    body, kind = pages()[page]
    data = json.loads(body)
    structure(data, kind)
    works: dict[str, Callable[[], object]] = {
        "loads": partial(json.loads, body),
        "structure": partial(structure, data, kind),
        "both": partial(decode, body, kind),
    }
    least = dict.fromkeys(works, 1.0)
    for _ in range(rounds):
        for what, work in works.items():
            least[what] = min(least[what], seconds(work))
    return least


def ratio(page: str, rounds: int = 40) -> float:
    """How many times ``json.loads`` typed decoding takes, ``json.loads`` included."""
    least = best(page, rounds)
    return least["both"] / least["loads"]


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    print("| page | KiB | json.loads | structure | structure / loads | both / loads |")
    print("|---|---|---|---|---|---|")
    for name, (body, _) in pages().items():
        least = best(name, rounds)
        loads, typed, both = least["loads"], least["structure"], least["both"]
        print(
            f"| {name} | {len(body) / 1024:.0f} | {loads * 1e3:.2f} ms | {typed * 1e3:.2f} ms "
            f"| {typed / loads:.2f} | {both / loads:.2f} |"
        )


if __name__ == "__main__":
    main()
