"""`make compat`: what is asked of other clients can be answered, and a wrong answer is noticed."""

from contextlib import ExitStack
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from compat import checks, tunnel
from compat.libraries import libraries

RIGHT = {
    "call": lambda stage: checks.NAME,
    "error": lambda stage: "ERROR_METHOD_NOT_FOUND",
    "find": lambda stage: stage.portal.found_chats(checks.PHRASE),
    "history": lambda stage: stage.portal.visible_messages(stage.portal.showcase)[::-1],
    "batch": lambda stage: {name: f"Chat {number}" for number, name in enumerate(stage.options["dialogs"])},
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_answer_holds_and_one_that_lacks_something_does_not(name):
    stage = checks.stage()
    right = RIGHT[name](stage)
    checks.CHECKS[name](stage, right)
    wrong = dict(list(right.items())[:-1]) if isinstance(right, dict) else right[:-1]
    with pytest.raises(checks.Untrue):
        checks.CHECKS[name](stage, wrong)


def test_a_message_holds_only_where_its_text_arrived_whole():
    stage = checks.stage()
    sent = stage.portal.post(stage.options["dialog"], checks.TEXT)
    checks.send(stage, sent)
    cut = stage.portal.post(stage.options["dialog"], checks.TEXT.partition("&")[0])
    with pytest.raises(checks.Untrue):
        checks.send(stage, cut)


def test_limits_hold_only_where_the_portal_refused_something():
    stage = checks.stage(burst=4)
    answers = [checks.NAME] * stage.options["times"]
    with pytest.raises(checks.Untrue, match="refused nothing"):
        checks.limits(stage, answers)


def test_a_refresh_holds_only_where_there_was_one():
    with pytest.raises(checks.Untrue):
        checks.refresh(checks.stage(), checks.NAME)


def test_every_client_has_its_program_and_differs_only_in_what_it_can_do():
    for library in libraries():
        assert library.script.exists()
        assert {*library.checks} <= {*checks.CHECKS}
        assert {*library.differs} | library.tunnelled <= {*library.checks}


def test_a_tunnel_leads_every_host_to_the_portal():
    stage = checks.stage()
    with ExitStack() as stack:
        url = urlsplit(stack.enter_context(stage.portal.serving()))
        assert url.port is not None
        proxy = urlsplit(stack.enter_context(tunnel.leading_to(url.port)))
        assert proxy.hostname is not None
        connection = HTTPConnection(proxy.hostname, proxy.port)
        stack.callback(connection.close)
        connection.set_tunnel("oauth.bitrix24.tech", 443)
        connection.request("GET", url.path + "server.time", headers={"Host": "127.0.0.1"})
        assert connection.getresponse().status == 200
