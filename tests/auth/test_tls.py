"""TLS contexts: what costs a thousand portals megabytes is made once."""

import anyio
import httpx
import pytest

from bitrix_im import BitrixIM, Retry, TransportError
from bitrix_im.auth import tls


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_clients_of_one_process_share_one_tls_context(monkeypatch, backend):
    made = []
    original = httpx.create_ssl_context

    def create(verify=True, **options):
        if verify is True:
            made.append(options)
        return original(verify, **options)

    async def call():
        for number in range(3):
            async with BitrixIM(f"https://127.0.0.1:1/rest/{number}/secret/", retry=Retry(attempts=1)) as im:
                with pytest.raises(TransportError):
                    await im.call("profile")

    tls._context.cache_clear()
    monkeypatch.setattr(httpx, "create_ssl_context", create)
    monkeypatch.setattr("httpx._transports.default.create_ssl_context", create)  # where a client makes its own
    anyio.run(call, backend=backend)
    assert len(made) == 1
