"""b24pysdk, the official Python SDK: wrapped methods of `Client`, as its README shows them."""

from typing import Any
from urllib.parse import urlsplit

from b24pysdk import BitrixApp, BitrixToken, BitrixWebhook, Client
from b24pysdk.errors import BitrixAPIError


def _client(url: str) -> Client:
    parts = urlsplit(url)
    return Client(BitrixWebhook(domain=parts.netloc, webhook_token=parts.path.removeprefix("/rest/").strip("/")))


def call(url: str, dialog: str, **_: Any) -> str:
    return _client(url).im.dialog.get(dialog_id=dialog).result["name"]


def error(url: str, **_: Any) -> str:
    try:
        _client(url).get_token().call_method("im.no.such.method", {})
    except BitrixAPIError as refused:
        return refused.error
    return "nothing was raised"


def send(url: str, dialog: str, text: str, **_: Any) -> int:
    return _client(url).im.message.add(dialog_id=dialog, message=text).result


def find(url: str, phrase: str, **_: Any) -> list[int]:
    request = _client(url).im.search.chat.list(find=phrase, limit=50).as_list()
    return [chat["id"] for chat in request.result]


def batch(url: str, dialogs: list[str], **_: Any) -> dict[str, str]:
    client = _client(url)
    requests = {dialog: client.im.dialog.get(dialog_id=dialog) for dialog in dialogs}
    return {key: chat["name"] for key, chat in client.call_batches(requests).result.result.items()}


def limits(url: str, dialog: str, times: int, **_: Any) -> list[str]:
    client = _client(url)
    return [client.im.dialog.get(dialog_id=dialog).result["name"] for _ in range(times)]


def refresh(host: str, tokens: dict[str, Any], client_id: str, client_secret: str, dialog: str, **_: Any) -> str:
    app = BitrixApp(client_id=client_id, client_secret=client_secret)
    token = BitrixToken(
        domain=host, auth_token=tokens["access_token"], refresh_token=tokens["refresh_token"], bitrix_app=app
    )
    return Client(token).im.dialog.get(dialog_id=dialog).result["name"]
