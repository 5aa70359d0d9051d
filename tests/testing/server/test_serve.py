"""The portal on a real socket, for callers on asyncio, on trio and on neither."""

import signal
import socket
import subprocess
import sys
import threading

import anyio
import httpx
import pytest

from bitrix_im import testing
from bitrix_im.cli import main as bitrix_im_main
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
        async with portal.serve() as url, httpx.AsyncClient(base_url=url, timeout=30) as http:
            for fault, error in cuts.items():
                portal.faults.next(fault)
                with pytest.raises(error):  # only a stall waits for its timeout
                    await http.post("server.time", timeout=0.2 if error is httpx.ReadTimeout else 30)
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


def served(capsys, *arguments):
    """What the command prints, line by line, when it is stopped at once."""
    stop = threading.Event()
    stop.set()
    assert main(["--dialogs", "5", "--messages", "10", *arguments], stop) == 0
    return dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines())


def test_a_portal_can_be_tried_from_the_command_line(capsys):
    lines = served(capsys, "--unlimited", "--no-oauth")
    assert lines["webhook"].startswith("http://127.0.0.1:")
    assert set(lines) == {"webhook", "history"}


def test_it_tells_what_an_application_needs():
    command = [sys.executable, "-m", "bitrix_im.testing", "--dialogs", "3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = dict(process.stdout.readline().rstrip().split(": ", 1) for _ in range(8))
        try:
            form = {name: lines[name] for name in ("client_id", "client_secret", "refresh_token")}
            fresh = httpx.post(lines["token_endpoint"], data={"grant_type": "refresh_token", **form}).json()
            headers = {"Authorization": f"Bearer {fresh['access_token']}"}
            assert httpx.post(fresh["client_endpoint"] + "profile", headers=headers).json()["result"]["ID"] == "1"
            headers = {"Authorization": f"Bearer {lines['access_token']}"}
            assert httpx.post(lines["client_endpoint"] + "server.time", headers=headers).status_code == 200
        finally:
            process.send_signal(signal.SIGINT)
    assert process.returncode == 0


def test_a_taken_port_is_told_without_a_traceback(capsys):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert main(["--port", str(port)]) == 2
    assert capsys.readouterr().err == f"port {port} is taken: choose another with --port, or none for a free one\n"
    for wrong in ("x", "-1", "70000"):
        with pytest.raises(SystemExit):
            main(["--port", wrong])
        assert "is no port" in capsys.readouterr().err or wrong == "-1"


@pytest.mark.parametrize(
    "arguments",
    [["--dialogs", "-1"], ["--dialogs", "0"], ["--dialogs", "10001"], ["--messages", "-5"], ["--messages", "many"]],
)
def test_a_world_that_cannot_be_is_refused_in_a_line(arguments, capsys):
    for command, options in ((main, arguments), (bitrix_im_main, ["portal", *arguments])):
        with pytest.raises(SystemExit) as ended:
            raise SystemExit(command(options))
        assert ended.value.code == 2
        assert "expected a whole number from" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(("dialogs", "messages"), [("1", "0"), ("1", "1"), ("2", "31")])
def test_the_smallest_worlds_can_be_served(dialogs, messages, capsys):
    assert served(capsys, "--dialogs", dialogs, "--messages", messages)["history"]


WITHOUT_THE_EXTRA = """
import sys
sys.modules["starlette.requests"] = None
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("starlette", "uvicorn"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name.partition(".")[0])
sys.meta_path.insert(0, Blocker())
import bitrix_im.testing, bitrix_im.testing.plugin
from bitrix_im.testing.__main__ import main
assert main([]) == 2
try:
    bitrix_im.testing.Portal
except ModuleNotFoundError as error:
    print(error)
"""


@pytest.mark.slow
def test_a_missing_extra_is_told_with_the_line_to_type():
    outcome = subprocess.run([sys.executable, "-c", WITHOUT_THE_EXTRA], capture_output=True, text=True, check=False)
    assert "pip install 'bitrix-im[testing]'" in outcome.stderr
    assert "pip install 'bitrix-im[testing]'" in outcome.stdout
    assert "Traceback" not in outcome.stderr


def test_names_that_are_not_there_are_not_there():
    assert "Portal" in dir(testing)
    with pytest.raises(AttributeError, match="Portall"):
        testing.Portall  # noqa: B018


def test_a_client_that_dies_while_it_sends_leaves_no_traceback(caplog):
    with Portal(seed=1).serving() as url:
        where = httpx.URL(url + "server.time")
        head = f"POST {where.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n"
        for _ in range(2):  # the second is answered after the first was noticed to be gone
            with socket.create_connection((where.host, where.port)) as client:
                client.sendall(head.encode() + b"A=")
        assert httpx.get(url + "server.time").status_code == 200
    assert not [record for record in caplog.records if record.exc_info]
