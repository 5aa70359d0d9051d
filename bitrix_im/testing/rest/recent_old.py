"""The shape that ``im.recent.get`` had in revision 18: numbers as strings, other names."""

from typing import Any

_USER = (
    "id",
    "name",
    "first_name",
    "last_name",
    "work_position",
    "color",
    "avatar",
    "gender",
    "birthday",
    "extranet",
    "network",
    "bot",
    "connector",
    "external_auth_id",
    "status",
    "idle",
    "last_activity_date",
    "mobile_last_date",
    "absent",
)
_CHAT = (
    "id",
    "owner",
    "extranet",
    "avatar",
    "color",
    "type",
    "entity_type",
    "entity_data_1",
    "entity_data_2",
    "entity_data_3",
    "date_create",
    "message_type",
)


def item(new: dict[str, Any]) -> dict[str, Any]:
    """An item of today, as an old portal would have written it."""
    message = new["message"]
    old: dict[str, Any] = {
        "id": str(new["id"]),
        "type": new["type"],
        "avatar": new["avatar"],
        "title": new["title"],
        "message": {
            "id": str(message["id"]),
            "text": message["text"],
            "file": message["file"],
            "attach": message["attach"],
            "author_id": str(message["author_id"]),
        },
        "counter": str(new.get("counter", 0)),
        "date": new["date_update"],
    }
    if new["type"] == "user":
        old["user"] = _user(new["user"])
    else:
        chat = new["chat"]
        old["chat"] = {name: chat[name] for name in _CHAT} | {
            "id": str(chat["id"]),
            "owner": str(chat["owner"]),
            "title": chat["name"],
        }
    return old


def _user(new: Any) -> Any:
    if not new or "name" not in new:
        return new
    old = {name: new[name] for name in _USER}
    return old | {"id": str(old["id"]), "birthday": old["birthday"] or False}
