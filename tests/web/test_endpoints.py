"""The example's JSON endpoints, without a browser."""

import httpx
import pytest

from bitrix_im.testing import Fault, Portal

from .site import Site


def populated():
    return Portal(seed=24, rate=20).populate(dialogs=70, found=("Project", 40), messages=120, unread=0)


@pytest.fixture(scope="module")
def portal():
    return populated()


@pytest.fixture(scope="module")
def backend(portal):
    with Site.serving(portal) as site, httpx.Client(base_url=site.url, timeout=30) as client:
        yield client


def everything(backend, path):
    items, cursor = [], None
    while True:
        answer = backend.get(path, params={"cursor": cursor} if cursor else None).json()
        items += answer["items"]
        cursor = answer["cursor"]
        if cursor is None:
            return items


def test_the_cursor_that_travels_to_the_browser_and_back_walks_the_whole_list(portal, backend):
    shown = [dialog["dialog_id"] for dialog in everything(backend, "/api/dialogs")]
    assert set(shown) == {*portal.visible_dialogs(), *portal.queue_lines()}
    messages = [message["id"] for message in everything(backend, f"/api/dialogs/{portal.showcase}/messages")]
    assert messages == sorted(portal.visible_messages(portal.showcase), reverse=True)


def test_what_has_come_since_a_message_is_told_oldest_first(portal, backend):
    ids = sorted(portal.visible_messages(portal.showcase))
    answer = backend.get(f"/api/dialogs/{portal.showcase}/messages", params={"after": ids[-4]}).json()
    assert [message["id"] for message in answer["items"]] == ids[-3:]
    assert answer["more"] is False


def test_a_message_sent_again_with_its_key_stands_there_once(portal, backend):
    before = len(portal.visible_messages(portal.showcase))
    body = {"text": "[b]once[/b]", "key": "3f0c1c9e-5b0b-4f55-9d8e-6a1c5f1f7b11"}
    first, again = (backend.post(f"/api/dialogs/{portal.showcase}/messages", json=body) for _ in range(2))
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert len(portal.visible_messages(portal.showcase)) == before + 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/dialogs?cursor=invented", 400),
        ("/api/dialogs/no-dialog/messages", 400),
        ("/api/dialogs/chat999999/messages", 403),
        ("/api/dialogs?find=x", 400),
    ],
)
def test_an_error_is_a_status_and_a_sentence_for_people(backend, path, status):
    answer = backend.get(path)
    assert answer.status_code == status
    assert answer.json()["error"].endswith(".")


def test_a_portal_that_is_blocked_is_said_without_its_words_or_secret():
    portal = populated()
    with Site.serving(portal) as site:
        portal.faults.next(Fault.OVERLOAD_503, method="im.recent.list")
        answer = httpx.get(site.url + "api/dialogs", timeout=30)
    assert answer.status_code == 503
    assert answer.json() == {"error": "The portal is blocked: ask its administrator."}
