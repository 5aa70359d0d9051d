"""Builders: the server's keys, and a ValueError for what the server would refuse."""

import json
from functools import partial

import pytest
from hypothesis import given, strategies as st

from bitrix_im.bots import attach, keyboard

ANY = st.one_of(
    st.text(max_size=12), st.integers(-5, 5), st.none(), st.sampled_from(["pay", "https://a.test", "chat5"])
)


def call(builder, *arguments, **options):
    return partial(builder, *arguments, **options)


def test_a_row_of_buttons_goes_with_the_bots_id_and_upper_case_keys():
    row = keyboard.row(
        keyboard.command("Pay", "/pay", "42", block=True, color="primary"),
        keyboard.link("Site", "https://a.test/?x[0]=1"),
    )
    assert keyboard.build(row, 456) == {
        "BOT_ID": 456,
        "BUTTONS": [
            {
                "TEXT": "Pay",
                "COMMAND": "pay",
                "COMMAND_PARAMS": "42",
                "BLOCK": "Y",
                "DISPLAY": "LINE",
                "BG_COLOR_TOKEN": "primary",
            },
            {"TEXT": "Site", "LINK": "https://a.test/?x%5B0%5D=1", "DISPLAY": "LINE"},
        ],
    }


def test_rows_are_parted_by_new_lines():
    rows = [keyboard.row(keyboard.put("a", "x")), keyboard.row(keyboard.send("b", "y"), keyboard.copy("c", "z"))]
    kinds = [button.get("ACTION") or button["TYPE"] for button in keyboard.build(rows)["BUTTONS"]]
    assert kinds == ["PUT", "NEWLINE", "SEND", "COPY"]
    within = keyboard.row(keyboard.call("d", "+49 30 123"), keyboard.newline(), keyboard.dialog("e", "chat12"))
    assert [button.get("ACTION_VALUE") for button in keyboard.build(within)["BUTTONS"]] == [
        "+49 30 123",
        None,
        "chat12",
    ]


def test_a_keyboard_made_by_hand_goes_as_it_is():
    by_hand = {"BOT_ID": 7, "BUTTONS": [{"TEXT": "x", "LINK": "/y"}], "OTHER": 1}
    assert keyboard.build(by_hand, 456) == by_hand


@pytest.mark.parametrize(
    "make",
    [
        call(keyboard.row),
        call(keyboard.command, "", "pay"),
        call(keyboard.command, " ", "pay"),
        call(keyboard.command, "Pay", ""),
        call(keyboard.command, "Pay", "two words"),
        call(keyboard.command, "Pay", None),
        call(keyboard.command, "Pay", "pay", 42),
        call(keyboard.command, "Pay", "pay", color="red"),
        call(keyboard.link, "x", "javascript:alert(1)"),
        call(keyboard.put, "x", ""),
        call(keyboard.send, "x", None),
        call(keyboard.copy, None, "x"),
        call(keyboard.call, "x", "call me"),
        call(keyboard.dialog, "x", "sgx"),
        call(keyboard.dialog, "x", True),
        call(keyboard.build, []),
        call(keyboard.build, "N"),
        call(keyboard.build, [keyboard.newline()]),
        call(keyboard.build, [keyboard.put("x", "y"), [keyboard.put("x", "y")]]),
        call(keyboard.build, [{"TEXT": "does nothing"}]),
        call(keyboard.build, [{"TEXT": "x", "ACTION": "PUT", "ACTION_VALUE": "y", "BLOCK": "Y"}]),
        call(keyboard.build, keyboard.row(*[keyboard.put("x", "y" * 1000)] * 30)),
        call(attach.message, ""),
        call(attach.link, "nowhere"),
        call(attach.link, "https://a.test", width=0),
        call(attach.user, ""),
        call(attach.user, "Ann", user_id="5"),
        call(attach.grid, {}),
        call(attach.grid, {"a": "b"}, display="GRID"),
        call(attach.grid, {"a": "b"}, color="red"),
        call(attach.image, "x"),
        call(attach.file, "https://a.test", size=-1),
        call(attach.delimiter, 0),
        call(attach.build, []),
        call(attach.build, "text"),
        call(attach.build, ["text"]),
        call(attach.build, [{"NOTHING": 1}]),
        call(attach.build, [attach.message("x" * 60_001)]),
    ],
)
def test_what_the_server_would_refuse_is_a_value_error(make):
    with pytest.raises(ValueError, match=r"expected .*"):
        make()


def test_blocks_have_the_servers_keys():
    blocks = [
        attach.message("[b]x[/b]"),
        attach.link("https://a.test", "name", description="d", preview="/p.png", width=1, height=2),
        attach.user("Ann", avatar="https://a.test/a.png", user_id=5),
        attach.grid({"Sum": "42", "State": "paid"}, display="LINE", width=100, color="#fff"),
        attach.image("https://a.test/i.png", "i", width=10, height=20),
        attach.file("https://a.test/f.pdf", "f.pdf", size=0),
        attach.delimiter(color="#c6c6c6"),
    ]
    assert attach.build(blocks) == [
        {"MESSAGE": "[b]x[/b]"},
        {"LINK": {"LINK": "https://a.test", "NAME": "name", "DESC": "d", "PREVIEW": "/p.png", "WIDTH": 1, "HEIGHT": 2}},
        {"USER": {"NAME": "Ann", "AVATAR": "https://a.test/a.png", "USER_ID": 5}},
        {
            "GRID": [
                {"NAME": "Sum", "VALUE": "42", "DISPLAY": "LINE", "WIDTH": 100, "COLOR": "#fff"},
                {"NAME": "State", "VALUE": "paid", "DISPLAY": "LINE", "WIDTH": 100, "COLOR": "#fff"},
            ]
        },
        {"IMAGE": [{"LINK": "https://a.test/i.png", "NAME": "i", "WIDTH": 10, "HEIGHT": 20}]},
        {"FILE": [{"LINK": "https://a.test/f.pdf", "NAME": "f.pdf", "SIZE": 0}]},
        {"DELIMITER": {"SIZE": 200, "COLOR": "#c6c6c6"}},
    ]
    whole = {"ID": 1, "BLOCKS": blocks}
    assert attach.build(whole) == whole


@given(st.sampled_from(["command", "link", "put", "send", "copy", "call", "dialog"]), ANY, ANY)
def test_whatever_a_builder_makes_is_a_keyboard_and_the_rest_a_value_error(kind, text, value):
    try:
        button = getattr(keyboard, kind)(text, value)
    except ValueError:
        return
    built = keyboard.build(keyboard.row(button), 1)
    assert json.loads(json.dumps(built)) == built
    assert all(key.isupper() for key in button)
