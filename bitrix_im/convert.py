"""The one cattrs converter: from decoded JSON to models, through everything that PHP makes of JSON.

For each model a function is generated, once, that fills it straight down: a value of the kind that the server nearly
always sends is taken by a test in place, anything else goes to a hook that knows PHP's habits or raises. Nothing is
coerced in silence. The habits, for fields of every kind:

- ``null`` is the same as no field at all: the default;
- an empty object comes as ``[]``, and an object, list or date that is not there as ``false``, ``[]`` or ``""``;
- a list with holes comes as an object, ``{"0": …, "2": …}``, and can hold ``null``: dropped;
- numbers come as strings, and whole numbers as ``5.0``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache, partial
from operator import eq, itemgetter
from types import NoneType, UnionType
from typing import Any, NoReturn, TypeVar, Union, get_args, get_origin

import attrs
from cattrs import Converter

from .errors import UnexpectedResponse
from .models import (
    EMPTY,
    AutoDelete,
    Chat,
    Copilot,
    CopilotChat,
    CopilotPrompt,
    EntityLink,
    File,
    FrozenDict,
    MediaUrl,
    Message,
    MessageParams,
    MessagesPage,
    Phones,
    RecentItem,
    RecentList,
    RecentMessage,
    Restrictions,
    User,
    ViewerAttrs,
)
from .redact import redact

T = TypeVar("T")
Hook = Callable[[Any, Any], Any]


class _Wrong(ValueError):
    """A value that is not what it should be. On its way up every level puts down where it was."""

    def __init__(self, expected: str, value: Any) -> None:
        super().__init__(expected)
        self.expected, self.value = expected, value
        self.where: list[str] = []


def structure(data: Any, kind: type[T], at: str = "$") -> T:
    """Make a *kind* of decoded JSON. Raises `UnexpectedResponse`, which says where below *at* the data is wrong."""
    try:
        return _converter().structure(data, kind)
    except _Wrong as error:
        path = at + "".join(reversed(error.where))
        text = f"expected {error.expected}, got {_name(error.value)} at {path}"
    # Raised out here, so that not even __context__ leads to the value.
    raise UnexpectedResponse(text, path=path)


def _name(value: Any) -> str:
    """Name a value in a few words: what people write in a portal does not belong into error texts."""
    if value is None:
        return "nothing"
    if isinstance(value, dict | list):
        return f"{type(value).__name__} of {len(value)}"
    text = redact(repr(value))
    return f"{type(value).__name__} {text if len(text) <= 40 else text[:39] + '…'}"


# --- values: each hook takes what is right, then what PHP makes of it, and raises for anything else -------------------

_NOTHINGS = frozenset({NoneType, bool, str, list, dict})


def _is_nothing(value: Any) -> bool:
    """``null``, ``false``, ``""``, ``[]`` or ``{}``, but not 0."""
    return not value and type(value) in _NOTHINGS


def _int(value: Any, _: Any = None) -> int:
    if type(value) is int:
        return value
    if type(value) is str and len(value) < 20 and value.isascii() and value.removeprefix("-").isdigit():
        return int(value)
    if type(value) is float and value.is_integer():
        return int(value)
    raise _Wrong("a whole number", value)


def _str(value: Any, _: Any = None) -> str:
    if type(value) is str:
        return value
    raise _Wrong("a string", value)


def _bool(value: Any, _: Any = None) -> bool:
    if value is True or value is False:
        return value
    raise _Wrong("true or false", value)


def _datetime(value: Any, _: Any = None) -> datetime:
    try:
        moment = datetime.fromisoformat(_str(value))
    except ValueError:
        raise _Wrong("a date", value) from None
    return moment if moment.tzinfo else _naive(value)


def _naive(value: Any) -> NoReturn:
    raise _Wrong("a date with its offset", value)


def _mapping(value: Any, _: Any = None) -> Mapping[str, Any]:
    if _is_nothing(value):
        return EMPTY
    if type(value) is dict:
        return FrozenDict(value)
    raise _Wrong("an object", value)


def _entries(value: Any) -> Iterable[tuple[Any, Any]]:
    """Give the entries of a list with their places."""
    if type(value) is list:
        return enumerate(value)
    if type(value) is dict and all(map(str.isdecimal, value)):
        return value.items()
    if _is_nothing(value):
        return ()
    raise _Wrong("a list", value)


# --- fields that are not named or not shaped as their model tells -----------------------------------------------------


def _id_text(value: Any, _: Any) -> str:
    """``"chat12"`` or 547."""
    return str(value) if type(value) is int else _str(value)


def _text_or_nothing(value: Any, _: Any) -> str:
    """A text, ``false`` or ``[]`` where there is none."""
    return "" if _is_nothing(value) else _str(value)


def _yes(value: Any, _: Any) -> bool:
    """``"Y"`` or ``"N"``."""
    return bool(value == "Y") if value in ("Y", "N") else _bool(value)


def _user_ids(value: Any, _: Any) -> frozenset[int]:
    """``[]``, ``{"503": true}`` or a list of ids."""
    if type(value) is dict:
        return frozenset([_int(user) for user, is_in in value.items() if is_in])
    return frozenset([_int(user) for _, user in _entries(value)])


def _sticker(value: Any, _: Any) -> int | Mapping[str, Any] | None:
    """An id, as documented, or an object."""
    if _is_nothing(value):
        return None
    return _mapping(value) if type(value) is dict else _int(value)


def _one_or_many(hook: Hook, value: Any, _: Any) -> tuple[Any, ...]:
    """A list, or one value by itself."""
    if type(value) in (list, dict) or _is_nothing(value):
        return tuple([hook(entry, None) for _, entry in _entries(value) if entry is not None])
    return (hook(value, None),)


_IN_CAMEL_CASE = frozenset({File, ViewerAttrs, MediaUrl, RecentList, AutoDelete, Copilot, CopilotChat, CopilotPrompt})

_NAMES: dict[type, dict[str, str]] = {
    RecentItem: {"dialog_id": "id"},
    MessageParams: {
        "likes": "LIKE",
        "file_ids": "FILE_ID",
        "reply_id": "REPLY_ID",
        "is_deleted": "IS_DELETED",
        "is_edited": "IS_EDITED",
        "codes": "CODE",
        "notify": "NOTIFY",
        "attach": "ATTACH",
        "keyboard": "KEYBOARD",
    },
}
_OLD_NAMES: dict[type, dict[str, str]] = {  # of revision 18, or an alias
    RecentItem: {"date_update": "date"},
    RecentList: {"has_more": "hasMorePages"},
    Chat: {"name": "title"},
}
_SHAPES: dict[type, dict[str, Hook | None]] = {  # None: not the server's, but joined here
    RecentItem: {"dialog_id": _id_text, "title": _text_or_nothing},
    RecentMessage: {"sticker": _sticker},
    User: {"birthday": _text_or_nothing},
    Chat: {"dialog_id": _id_text, "mute_list": _user_ids},
    EntityLink: {"id": _id_text},
    ViewerAttrs: {"object_id": _id_text, "viewer_group_by": _id_text},
    CopilotChat: {"dialog_id": _id_text},
    Message: {"author": None, "files": None},
    MessageParams: {
        "likes": partial(_one_or_many, _int),
        "file_ids": partial(_one_or_many, _int),
        "is_deleted": _yes,
        "is_edited": _yes,
        "codes": partial(_one_or_many, _str),
    },
}
_RUNS: dict[type, dict[str, bool]] = {  # where a run of fields starts that come together, and whether they usually do
    Chat: {"name": True, "contains_collaber": False, "dialog_id": False},
    RecentItem: {"lines": False},
    RecentList: {"birthday_list": False},
    Restrictions: {"path": False},
    Phones: {"personal_mobile": False},
    MessageParams: {"likes": False, "file_ids": False, "reply_id": False, "codes": False},
}


def _key(cls: type, field: str) -> str:
    """What the server calls a field."""
    if cls in _IN_CAMEL_CASE:
        first, *rest = field.split("_")
        return first + "".join(map(str.capitalize, rest))
    return _NAMES.get(cls, {}).get(field, field)


# --- models -----------------------------------------------------------------------------------------------------------


def _object(value: Any, cls: type) -> dict[str, Any]:
    if type(value) is dict:
        return value
    if _is_nothing(value):
        return {}
    raise _Wrong(f"an object ({cls.__name__})", value)


def _complete(cls: type, known: Iterable[str], data: Any) -> dict[str, Any]:
    """Give data every known field, under its name of today, ``null`` where it has none."""
    whole = {**dict.fromkeys(known), **_object(data, cls)}
    for field, old in _OLD_NAMES.get(cls, {}).items():
        before = whole.pop(old, None)
        if whole[_key(cls, field)] is None:
            whole[_key(cls, field)] = before
    return whole


def _missing(cls: type, field: str) -> NoReturn:
    raise _Wrong(f"{cls.__name__}.{field}", None)


def _extra(data: dict[str, Any], known: frozenset[str]) -> Mapping[str, Any]:
    unknown = {key: value for key, value in data.items() if key not in known}
    return FrozenDict(unknown) if unknown else EMPTY


def _members(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)


def _model_or_none(kind: Any) -> Any:
    """Give the ``X`` of ``X | None``, unless that takes more than a look: see the joins below."""
    model = next(filter(attrs.has, _members(kind)), None)
    return model if model not in (User, Chat) and kind == model | NoneType else None


_AS_IT_IS = {int: "{v}.__class__ is int", str: "{v}.__class__ is str", bool: "{v} is False or {v} is True"}


def _usual(kind: Any) -> Iterator[tuple[str, str]]:
    """Tell the values that a field of *kind* nearly always has: a test of ``v``, and what it becomes."""
    origin, members = get_origin(kind), _members(kind)
    for member in members:
        if member in _AS_IT_IS:
            yield _AS_IT_IS[member], "{v}"
        elif member is datetime:
            yield "{v} is False", "{default}"
            yield "{v}.__class__ is str and {v}", "m if (m := parse({v})).tzinfo else naive({v})"
    if kind == tuple[int, ...]:
        yield "{v}.__class__ is list and all_int(map(type, {v}))", "tuple({v})"
    elif kind == tuple[str, ...]:
        yield "{v}.__class__ is list and all_str(map(type, {v}))", "tuple({v})"
    elif kind == Mapping[str, str]:
        yield "{v}.__class__ is dict and all_str(map(type, {v}.values()))", "Frozen({v})"
    elif _model_or_none(kind):
        yield "{v}.__class__ is dict and {v}", "{model}({v})"
        yield "{v} is False or {v} == ''", "None"
    elif attrs.has(kind):
        yield "{v}.__class__ is dict", "{hook}({v}, None)"
    if origin in (tuple, frozenset, Mapping) or attrs.has(kind):
        yield "{v}.__class__ is list and not {v}", "{default}"


def _fill_lines(name: str, key: str, kind: Any, default: str, *, usually: bool) -> list[str]:
    """Generate the lines that fill a field from ``v_{name}``."""
    words = {"v": f"v_{name}", "hook": f"hook_{name}", "model": f"model_{name}", "default": default}
    cases = list(_usual(kind))
    if default.startswith("missing("):  # of a required field not even [] and false are the default
        cases = [(test, value) for test, value in cases if value != "{default}"]
    cases.append(("{v} is None", "{default}"))
    if NoneType in _members(kind) or not usually:
        cases.insert(0, cases.pop())
    lines = []
    for test, value in cases:
        at = f"at = {key!r}; " if "(" in value.format(**words) else ""
        lines.append(f"elif {test}: {at}o.{name} = {value}".format(**words))
    lines.append(f"else: at = {key!r}; o.{name} = hook_{name}(v_{name}, None)")
    if not usually:
        lines[1:] = [f"{line}; found += 1" for line in lines[1:]]
    return [lines[0].removeprefix("el"), *lines[1:]]


def _model_hook(cls: type, converter: Converter) -> Hook:
    """Generate the function that structures a *cls*.

    It fills an instance of a thawed subclass, which has the same slots but the plain ``__setattr__``, then turns it
    into the *cls* that it is to be: the ``__init__`` of a frozen class takes three times as long. The fields that
    usually come are looked up at once, the others one by one while data has more fields than were found. Where a
    usual one is missing, it starts again with the data completed.
    """
    attrs.resolve_types(cls)
    plain = {"__init__": object.__init__, "__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    names: dict[str, Any] = {
        "Model": cls,
        "Thawed": type(cls.__name__, (cls,), {"__slots__": (), **plain}),
        "Wrong": _Wrong,
        "missing": _missing,
        "unknown": _extra,
        "parse": datetime.fromisoformat,
        "naive": _naive,
        "all_int": frozenset({int}).issuperset,
        "all_str": frozenset({str}).issuperset,
        "Frozen": FrozenDict,
    }
    runs: list[tuple[bool, list[Any]]] = [(True, [])]
    rest: dict[str, str] = {}  # what is not filled yet, with its default
    for field in attrs.fields(cls):
        default = f"default_{field.name}"
        names[default] = field.default
        if field.default is attrs.NOTHING:
            default = f"missing(Model, {field.name!r})"
        elif isinstance(field.default, attrs.Factory):  # type: ignore[arg-type]
            names[default] = field.default.factory
            default += "(o)"
        rest[field.name] = default
        shape = _SHAPES.get(cls, {}).get(field.name, field.type)
        if field.name == "extra" or shape is None:
            continue
        names[f"hook_{field.name}"] = converter.get_structure_hook(shape) if shape is field.type else shape
        if model := _model_or_none(field.type):
            names[f"model_{field.name}"] = converter.get_structure_hook(model)
        if field.name in _RUNS.get(cls, {}):
            runs.append((_RUNS[cls][field.name], []))
        runs[-1][1].append(field)

    lines: list[str] = []
    known: list[str] = []
    usual = 0
    for usually, fields in runs:
        keys = [_key(cls, field.name) for field in fields]
        known += keys
        if usually and fields:
            usual += len(fields)
            names[f"get_{usual}"] = itemgetter(*keys)
            lines.append(f"{', '.join(f'v_{field.name}' for field in fields)} = get_{usual}(data)")
        for field, key in zip(fields, keys, strict=True):
            if not usually:
                lines.append(f"v_{field.name} = data.get({key!r})")
            lines += _fill_lines(field.name, key, field.type, rest.pop(field.name), usually=usually)
        filled = "; ".join(f"o.{name} = {default}" for name, default in rest.items())
        lines.append(f"if len(data) == {usual} + found: {filled}; o.__class__ = Model; return o")
    names["known"] = frozenset([*known, *_OLD_NAMES.get(cls, {}).values()])
    names["complete"] = partial(_complete, cls, known)
    source = "\n  ".join(
        [
            "def structure(data, _=None, int=int, str=str, list=list, dict=dict):",
            "if data.__class__ is not dict: data = complete(data)",
            "o = Thawed()",
            "found = 0",
            "try:",
            *(f"  {line}" for line in lines),
            "except KeyError:",
            "  return structure(complete(data))",
            "except ValueError as error:",
            "  wrong = error if error.__class__ is Wrong else Wrong('a date', data[at])",
            "  wrong.where.append('.' + at)",
            "  raise wrong from None",
            *(f"o.{name} = {default}" for name, default in rest.items() if name != "extra"),
            "o.extra = unknown(data, known)",
            "o.__class__ = Model",
            "return o",
        ]
    )
    exec(compile(source, f"<structure {cls.__name__}>", "exec"), names)  # noqa: S102
    hook: Hook = names["structure"]
    return hook


def _union_hook(kind: Any, converter: Converter) -> Hook:
    """``X | None``, or values that JSON tells apart, such as ``int | str | None``."""
    members = [member for member in _members(kind) if member is not NoneType]
    plain = frozenset(members) & _AS_IT_IS.keys() if len(members) > 1 else frozenset()
    other = next((member for member in members if member not in plain), None)
    hook = converter.get_structure_hook(other) if other else None
    may_be_nothing = other is datetime or attrs.has(other or int) or get_origin(other) is Mapping

    def union(value: Any, _: Any) -> Any:
        if type(value) in plain:
            return value
        if value is None or (may_be_nothing and _is_nothing(value)):
            return None
        if hook is None or (plain and type(value) is not dict):
            raise _Wrong(" or ".join(member.__name__ for member in members), value)
        return hook(value, None)

    return union


def _sequence_hook(kind: Any, converter: Converter) -> Hook:
    make, member = get_origin(kind), get_args(kind)[0]
    is_model = attrs.has(member)
    hook = converter.get_structure_hook(member | None if member is User else member)

    def sequence(value: Any, _: Any) -> Any:
        made, place, entries = [], "", _entries(value)
        try:
            for place, entry in entries:  # noqa: B007
                if not entry and (entry is None or (is_model and _is_nothing(entry))):
                    continue
                if (one := hook(entry, None)) is not None:
                    made.append(one)
        except _Wrong as error:
            error.where.append(f"[{place}]")
            raise
        return make(made)

    return sequence


def _mapping_hook(kind: Any, converter: Converter) -> Hook:
    member = get_args(kind)[1]
    if member is Any:
        return _mapping
    hook = converter.get_structure_hook(member)

    def mapping(value: Any, _: Any) -> Any:
        made, key, entries = {}, "", _mapping(value)
        try:
            for key, entry in entries.items():
                if entry is not None:
                    made[key] = hook(entry, None)
        except _Wrong as error:
            error.where.append(f".{key}")
            raise
        return FrozenDict(made) if made else EMPTY

    return mapping


# --- joins: what one part of an answer tells about another ------------------------------------------------------------

_fill = object.__setattr__  # models are frozen, but nobody has seen these yet


def _optional_user(hook: Hook) -> Hook:
    def optional_user(value: Any, _: Any) -> User | None:
        """Nobody is ``null``, ``[]`` or ``{"id": 0}``."""
        if _is_nothing(value) or (type(value) is dict and value.get("id") in (0, "0")):
            return None
        user: User = hook(value, None)
        return user

    return optional_user


def _chat_of_item(hook: Hook) -> Hook:
    def chat_of_item(value: Any, _: Any) -> Chat | None:
        """A chat; of a private dialog without its id, see `_recent_item`."""
        if _is_nothing(value):
            return None
        chat: Chat = hook({"id": 0, **value} if type(value) is dict and "id" not in value else value, None)
        return chat

    return chat_of_item


def _recent_item(hook: Hook) -> Hook:
    def recent_item(value: Any, _: Any) -> RecentItem:
        """An item; what it knows of its chat is told to the chat, and the other way round."""
        item: RecentItem = hook(value, None)
        chat = item.chat
        if chat is not None:
            if chat.id == 0:
                _fill(chat, "id", item.chat_id)
                _fill(chat, "dialog_id", item.dialog_id)
            elif item.chat_id == 0:
                _fill(item, "chat_id", chat.id)
        return item

    return recent_item


def _messages_page(hook: Hook) -> Hook:
    def messages_page(value: Any, _: Any) -> MessagesPage:
        """A page, ``false`` for an empty one; its messages get their authors and files."""
        if _is_nothing(value):
            return MessagesPage(chat_id=0, messages=())
        page: MessagesPage = hook(value, None)
        users = {user.id: user for user in page.users}
        files = {file.id: file for file in page.files}
        for message in page.messages:
            if message.author_id in users:
                _fill(message, "author", users[message.author_id])
            if message.params.file_ids:
                _fill(message, "files", tuple([files[file] for file in message.params.file_ids if file in files]))
        return page

    return messages_page


@cache
def _converter() -> Converter:
    return make_converter()


def make_converter() -> Converter:
    """Build the converter. It only structures: parameters are written by ``wire``."""
    converter = Converter(detailed_validation=False)
    hooks: dict[Any, Any] = {int: _int, str: _str, bool: _bool, datetime: _datetime}
    for kind, hook in hooks.items():
        converter.register_structure_hook(kind, hook)
    converter.register_structure_hook_func(lambda kind: kind is Any, lambda value, _: value)
    factories: list[tuple[Callable[[Any], bool], Callable[..., Hook]]] = [
        (lambda kind: get_origin(kind) in (tuple, list), _sequence_hook),
        (lambda kind: get_origin(kind) is Mapping, _mapping_hook),
        (lambda kind: get_origin(kind) in (Union, UnionType), _union_hook),
        (attrs.has, _model_hook),
    ]
    for is_for, factory in factories:
        converter.register_structure_hook_factory(is_for, partial(factory, converter=converter))
    joins: list[tuple[Any, Any, type]] = [
        (User | None, _optional_user, User),
        (Chat | None, _chat_of_item, Chat),
        (RecentItem, _recent_item, RecentItem),
        (MessagesPage, _messages_page, MessagesPage),
    ]
    for kind, join, model in joins:
        converter.register_structure_hook_func(partial(eq, kind), join(_model_hook(model, converter)))
    return converter
