"""What the package offers, and that nothing else shows."""

import subprocess
import sys

import bitrix_im
from bitrix_im import errors, testing

CONTRACT = {
    "AccessError", "ApiError", "AuthError", "BitrixError", "BitrixIM", "BotDeleted", "BotError", "BotJoined",
    "BotToken", "BulkPage", "Call", "CommandCalled", "ContextOpened", "Event", "ExpiredToken", "FileMark", "Fleet",
    "Handlers", "InvalidCursor", "InvalidParameter", "JSONFileTokenStore", "Limits", "Mark", "MemoryMark",
    "MemoryTokenStore", "MessageAdded", "MessageDeleted", "MessageUpdated", "MethodNotFound", "Model", "OAuth",
    "OperationTimeLimit", "OverloadLimit", "Page", "Pager", "QueryLimitExceeded", "ReactionChanged", "Reply",
    "Retry", "ServerError", "Stats", "TokenStore", "Tokens", "TransportError", "UnexpectedResponse",
    "UserJoined", "WalkStalled", "Webhook", "attach", "bb", "errors", "keyboard",
}  # fmt: skip


def test_the_public_names_are_sorted_and_there():
    for module in (bitrix_im, testing):
        assert module.__all__ == sorted(module.__all__)
        assert all(hasattr(module, name) for name in module.__all__)
    assert set(bitrix_im.__all__) >= CONTRACT
    assert "Portal" in testing.__all__


def test_rooms_inside_do_not_show_among_the_public_names():
    shown = {name for name in dir(bitrix_im) if not name.startswith("__")}
    assert shown == set(bitrix_im.__all__)
    assert "__version__" in dir(bitrix_im)


def test_everything_public_is_documented():
    for name in bitrix_im.__all__:
        assert getattr(bitrix_im, name).__doc__, name


def test_every_error_class_is_public_and_in_the_tree():
    classes = {
        name: value for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)
    }
    assert set(classes) <= set(bitrix_im.__all__)
    assert all(issubclass(value, errors.BitrixError) for value in classes.values())
    assert all(name in (errors.__doc__ or "") for name in classes)


def test_the_package_imports_its_rooms_when_the_first_name_is_asked_for():
    program = (
        "import sys, bitrix_im\n"
        "assert not {'httpx', 'attrs', 'bitrix_im.client'} & set(sys.modules)\n"
        "assert not hasattr(bitrix_im, 'nonsense') and not hasattr(bitrix_im, '__nonsense__')\n"
        "from bitrix_im import *\n"
        "assert BitrixIM is sys.modules['bitrix_im.client'].BitrixIM and bitrix_im.events.FileMark is FileMark\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
