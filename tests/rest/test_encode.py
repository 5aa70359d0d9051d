"""One value, one meaning: whatever is passed reaches PHP as the same thing in a JSON body and in a batch's query."""

import enum
import json
from collections import OrderedDict, UserDict, UserList, UserString, deque
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

import httpx
import pytest
from hypothesis import given, strategies as st

from bitrix_im import BitrixIM, Call
from bitrix_im.rest import encode
from bitrix_im.rest.call import Ref
from bitrix_im.testing.php import query as phpquery, values as php


class Colour(str, enum.Enum):  # noqa: UP042 - str() of its members is not their value
    RED = "RED"


class Kind(enum.StrEnum):
    OPEN = "OPEN"


class Level(enum.IntEnum):
    HIGH = 3


class Plain(enum.Enum):
    A = (1, None, True)


class Unset(enum.Enum):
    NOTHING = None


class Loud(str):
    def __str__(self):
        return "!"


class Whole(int):
    def __str__(self):
        return "many"


class Foreign:
    """A number or a flag as numpy has them: no int, no float, but one by asking."""

    shape = ()

    def __init__(self, value):
        self.value = value

    def item(self):
        return self.value


class Indexed:
    def __index__(self):
        return 12


class Endless:
    def __index__(self):
        return 10**5000


class NotATime(datetime):
    """pandas' NaT: a datetime that none of its methods can tell."""

    def utcoffset(self):
        return None


KATHMANDU = timezone(timedelta(hours=5, minutes=45))
AMSTERDAM_1900 = timezone(timedelta(minutes=19, seconds=32))
MEANINGS = {
    "flag": (True, "Y"),
    "flag off": (False, "N"),
    "number": (7, "7"),
    "zero": (0, "0"),
    "long number": (2**70, str(2**70)),
    "own kind of number": (Whole(5), "5"),
    "index": (Indexed(), "12"),
    "numpy's number": (Foreign(7), "7"),
    "numpy's flag": (Foreign(True), "Y"),
    "numpy's float": (Foreign(0.5), "0.5"),
    "float": (1.5, "1.5"),
    "whole float": (5.0, "5"),
    "large float": (1e22, "10000000000000000000000"),
    "decimal": (Decimal("1E-7"), "0.0000001"),
    "money": (Decimal("10.50"), "10.50"),
    "text": ("ü+&=#[] \0\n", "ü+&=#[] \0\n"),
    "own kind of text": (Loud("quiet"), "quiet"),
    "text enum": (Colour.RED, "RED"),
    "StrEnum": (Kind.OPEN, "OPEN"),
    "IntEnum": (Level.HIGH, "3"),
    "enum of a list": (Plain.A, ["1", "Y"]),
    "uuid": (UUID(int=5), "00000000-0000-0000-0000-000000000005"),
    "date": (date(2026, 3, 4), "2026-03-04"),
    "moment": (datetime(2026, 3, 4, 9, 43, 26, 999, tzinfo=UTC), "2026-03-04T09:43:26+00:00"),
    "moment elsewhere": (datetime(2026, 3, 4, 9, 43, tzinfo=KATHMANDU), "2026-03-04T09:43:00+05:45"),
    "moment long ago": (datetime(1900, 1, 1, 0, 19, 32, tzinfo=AMSTERDAM_1900), "1900-01-01T00:00:00+00:00"),
    "tuple": ((1, "b"), ["1", "b"]),
    "set": ({1}, ["1"]),
    "frozen set": (frozenset({"x"}), ["x"]),
    "keys": ({"x": 1}.keys(), ["x"]),
    "deque": (deque([1, 2]), ["1", "2"]),
    "range": (range(2), ["0", "1"]),
    "own kind of list": (UserList([1, None, [None, 2]]), ["1", ["2"]]),
    "mapping": (MappingProxyType({"A": None, "B": [True, {"C": False}]}), {"B": ["Y", {"C": "N"}]}),
    "own kind of mapping": (UserDict({"a": 1}), {"a": "1"}),
    "ordered": (OrderedDict(b=1, a=2), {"b": "1", "a": "2"}),
    "odd names": ({">ID": 1, 5: 2, Colour.RED: 3, Level.HIGH: 4}, {">ID": "1", "5": "2", "RED": "3", "3": "4"}),
    "own kind of text, too": (UserString("x"), "x"),
}


@pytest.mark.parametrize(("value", "meaning"), MEANINGS.values(), ids=MEANINGS)
def test_a_value_has_one_meaning(value, meaning):
    assert encode.normalise({"P": value}) == {"P": meaning}
    assert json.loads(encode.body({"P": value})) == {"P": meaning}


LEFT_OUT = {
    "none": None,
    "enum of None": Unset.NOTHING,
    "list of None": [None, Unset.NOTHING],
    "mapping of None": {"a": None, "b": Unset.NOTHING},
    "deep": {"a": {"b": [None, {"c": None}]}},
    "own kinds": UserDict({"a": UserList([None])}),
}


@pytest.mark.parametrize("value", LEFT_OUT.values(), ids=LEFT_OUT)
def test_none_is_left_out_and_so_is_what_only_held_it(value):
    assert encode.normalise({"P": value, "Q": [value, 1], "R": {"a": value, "b": 1}}) == {"Q": ["1"], "R": {"b": "1"}}
    assert encode.body({"P": value}) == b"{}"
    assert encode.query({"P": value}) == ""
    assert encode.is_safe_in_batch({"P": value})


@pytest.mark.parametrize("value", [[], {}, [[]], {"a": []}])
def test_what_was_given_empty_stays(value):
    assert encode.normalise({"P": value}) == {"P": value}


def as_php(value):
    """JSON values as PHP holds them: every array is one of keys."""
    if isinstance(value, dict):
        return {phpquery.array_key(key): as_php(inner) for key, inner in value.items()}
    return {index: as_php(inner) for index, inner in enumerate(value)} if isinstance(value, list) else value


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,5}", fullmatch=True)
odd_names = texts | st.integers() | names
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4))
odd_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(odd_names, inner, max_size=3), max_leaves=8
)


@given(st.dictionaries(names | texts, odd_values, max_size=4))
def test_what_travels_in_a_batch_means_the_same_alone(params):
    try:
        normal = encode.normalise(params)
    except ValueError:
        return  # one name twice, such as 1 and "1"
    if encode.is_safe_in_batch(params):
        assert phpquery.parse_query(encode.query(params)) == as_php(php.decode_object(encode.body(params)))
    assert encode.normalise(normal) is normal


@given(st.dictionaries(names, values, max_size=4))
def test_ordinary_parameters_travel_in_a_batch_unless_something_is_empty(params):
    def is_empty(value):
        return not isinstance(value, str) and (not value or any(map(is_empty, parts(value))))

    def parts(value):
        return value.values() if isinstance(value, dict) else value

    normal = encode.normalise(params)
    assert encode.is_safe_in_batch(params) or any(map(is_empty, normal.values()))


CYCLE: list[object] = []
CYCLE.append(CYCLE)
REFUSED = {
    "NaN": (float("nan"), ValueError, "P: expected a number, got nan"),
    "infinity": ([1, float("-inf")], ValueError, r"P\[1\]: expected a number, got -inf"),
    "decimal NaN": ({"a": Decimal("NaN")}, ValueError, r"P\[a\]: expected a number"),
    "signalling NaN": (Decimal("sNaN"), ValueError, "P: expected a number"),
    "endless number": ([10**5000], ValueError, r"P\[0\]: expected a number of at most \d+ digits"),
    "endless negative": ({"a": -(10**5000)}, ValueError, r"P\[a\]: expected a number of at most"),
    "endless index": (Endless(), ValueError, "P: expected a number of at most"),
    "endless decimal": (Decimal("1E+999999999"), ValueError, "P: expected a number of at most"),
    "endless fraction": (Decimal("1E-999999999"), ValueError, "P: expected a number of at most"),
    "endless name": ({10**5000: 1}, ValueError, "a name in P: expected a number of at most"),
    "numpy's NaN": (Foreign(float("nan")), ValueError, "P: expected a number"),
    "naive": ({"a": [datetime(2026, 3, 4)]}, ValueError, r"P\[a\]\[0\]: expected an aware datetime"),  # noqa: DTZ001
    "not a time": (NotATime(2026, 3, 4), ValueError, "P: expected an aware datetime"),
    "half a pair": ("\ud800", ValueError, "P: expected text of whole characters"),
    "half a pair in a name": ({"\ud800": 1}, ValueError, "a name in P"),
    "a name twice": ({1: "a", "1": "b"}, ValueError, r"P\[1\]: expected each name once"),
    "endless": (CYCLE, ValueError, "expected at most 32 levels"),
    "bytes": (b"x", TypeError, "P: expected text, a number.* got bytes"),
    "bytearray": (bytearray(b"x"), TypeError, "got bytearray"),
    "an object": ([object()], TypeError, r"P\[0\]: expected text.* got object"),
    "a function": (len, TypeError, "got builtin_function"),
    "a generator": ((x for x in "ab"), TypeError, "got generator"),
    "a time of day": (time(12), TypeError, "got time"),
    "a duration": (timedelta(1), TypeError, "got timedelta"),
    "a name of None": ({None: 1}, TypeError, "P: expected names to be texts, got NoneType"),
    "a name that is a flag": ({True: 1}, TypeError, "P: expected names to be texts, got bool"),
    "complex": (1j, TypeError, "got complex"),
}


@pytest.mark.parametrize(("value", "kind", "said"), REFUSED.values(), ids=REFUSED)
async def test_what_the_portal_could_not_read_is_refused_before_a_request(value, kind, said):
    sent = []

    def portal(request):
        sent.append(request)
        return httpx.Response(200, json={"result": 1})

    http = httpx.AsyncClient(transport=httpx.MockTransport(portal))
    async with http, BitrixIM("https://acme.bitrix24.com/rest/1/abcdefgh12345678/", http=http) as im:
        for ask in (
            lambda: im.call("im.x", {"P": value}),
            lambda: im.batch({"a": Call("im.user.get"), "b": Call("im.x", {"P": value})}),
        ):
            with pytest.raises(kind, match=said):
                await ask()
    assert sent == []


@pytest.mark.parametrize("params", [[1], "ID=1", 5, b"x"])
def test_parameters_are_a_mapping(params):
    with pytest.raises(TypeError, match="expected parameters as a mapping"):
        encode.body(params)


def test_a_batch_command_is_a_php_query_string_with_everything_encoded():
    params = {"FIND": "a+b&c=d #[ü]", "FILTER": {"ID": [1, 2]}, "FLAG": True}
    assert encode.query(params) == (
        "FIND=a%2Bb%26c%3Dd%20%23%5B%C3%BC%5D&FILTER%5BID%5D%5B0%5D=1&FILTER%5BID%5D%5B1%5D=2&FLAG=Y"
    )


@pytest.mark.parametrize(
    ("params", "is_safe"),
    [
        ({"TEXT": "costs $5, $total of it, $result here, $time"}, True),
        ({"TEXT": "see $result[a]"}, False),
        ({"TEXT": ["x", {"a": "$RESULT[a]"}]}, False),
        ({"TEXT": "$next[a] $"}, False),
        ({"TEXT": "a$total[a]"}, False),
        ({"TEXT": "$Time[a]"}, False),
        ({"TEXT": "$error[a]"}, False),
        ({"TEXT": "$other[a]"}, True),
        ({"FIELDS": {"$result[a]": "x"}}, False),
        ({"USERS": []}, False),
        ({"USERS": [None]}, True),
        ({"USERS": [[], None]}, False),
        ({"USERS": {"a": {}}}, False),
        ({"USERS": None}, True),
        ({"A.B": 1}, False),
        ({"": 1}, False),
        ({"A": {"b]c": 1}}, False),
        ({"A": {"": 1}}, False),
        ({"A": {" b": 1}}, False),
        ({"A": {">ID": 1, "b c.d": 2}}, True),
        ({"USERS": list(range(500))}, True),
        ({"USERS": list(range(501))}, False),
        ({"LAST_ID": Ref(0, "[messages][0][id]")}, True),
    ],
)
def test_only_what_a_batch_would_change_is_kept_out_of_it(params, is_safe):
    assert encode.is_safe_in_batch(params) is is_safe


@pytest.mark.parametrize(
    ("params", "named"),
    [({"USERS": []}, "USERS"), ({"FIELDS": {"a": [1, {}]}}, r"FIELDS\[a\]\[1\]"), ({"A.B": 1}, "A.B")],
)
async def test_an_explicit_batch_refuses_what_it_would_change(params, named):
    async with BitrixIM("https://acme.bitrix24.com/rest/1/abcdefgh12345678/") as im:
        with pytest.raises(ValueError, match=f"'b': a batch's command cannot hold {named} as it is: call im.x alone"):
            await im.batch({"a": Call("im.user.get"), "b": Call("im.x", params)})
