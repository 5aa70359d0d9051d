"""The portal on a real socket, for callers on asyncio, on trio and on neither."""

import threading

import anyio
import httpx
import pytest

from bitrix_im.testing import Fault, Portal
from bitrix_im.testing.__main__ import main


def test_a_served_portal_answers_synchronous_code():
    portal = Portal().populate()
    with portal.serving() as url:
        assert url.startswith("http://127.0.0.1:")
        reply = httpx.post(url + "im.recent.list", json={"LIMIT": 5})
        assert reply.json()["result"]["hasMore"] is True
    with pytest.raises(httpx.ConnectError):
        httpx.post(url + "server.time")
    assert portal.requests == 1


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_served_portal_answers_and_breaks_for_real(backend):
    portal = Portal().populate()
    cuts = {
        Fault.RESET_BEFORE: httpx.ReadError,
        Fault.RESET_AFTER: httpx.ReadError,
        Fault.DISCONNECT_AFTER: httpx.RemoteProtocolError,
        Fault.RESET_MIDWAY: httpx.RemoteProtocolError,
        Fault.CONNECT_ERROR: httpx.RemoteProtocolError,  # too late to refuse the connection
        Fault.STALL_AFTER: httpx.ReadTimeout,
    }

    async def main():
        async with portal.serve() as url, httpx.AsyncClient(base_url=url, timeout=0.2) as http:
            for fault, error in cuts.items():
                portal.faults.next(fault)
                with pytest.raises(error):
                    await http.post("server.time")
                assert (portal.log[-1].fault, portal.log[-1].executed) == (fault.name, fault.executes)
            portal.faults.next(Fault.TRUNCATED)
            with pytest.raises(ValueError):
                (await http.post("server.time")).json()
            assert (await http.post("server.time")).status_code == 200

    anyio.run(main, backend=backend)


def test_a_portal_can_be_served_twice():
    portal = Portal()
    for _ in range(2):
        with portal.serving() as url:
            assert httpx.get(url + "server.time").status_code == 200


def test_a_portal_can_be_tried_from_the_command_line(capsys):
    stop = threading.Event()
    stop.set()
    main(["--dialogs", "5", "--messages", "10", "--unlimited"], stop)
    assert capsys.readouterr().out.startswith("webhook: http://127.0.0.1:")
