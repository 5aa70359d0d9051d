"""The token file: symbolic links, mount points, several processes, saves that were given up."""

import errno
import os
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import anyio
import pytest

from bitrix_im import JSONFileTokenStore, Tokens
from bitrix_im.testing import Portal

OLD, NEW = Tokens("OLDOLD", "REF1"), Tokens("NEWNEW-and-much-shorter"[:6], "REF2")


def run(function, *arguments, backend="asyncio"):
    """In real time: threads that read files wake no virtual clock."""
    return anyio.run(function, *arguments, backend=backend)


def names(folder):
    return [path.name for path in folder.iterdir()]


@pytest.mark.parametrize("problem", [errno.EBUSY, errno.EXDEV, errno.EPERM, errno.EACCES, errno.EROFS])
def test_a_file_that_cannot_be_replaced_is_written_in_place(tmp_path, monkeypatch, problem):
    store = JSONFileTokenStore(tmp_path / "tokens.json")
    run(store.save, Tokens("a much longer token than the next one", "REF1", client_endpoint="https://x.test/rest/"))
    before = store.path.stat().st_ino

    def replace(self, target):
        raise OSError(problem, "no")

    monkeypatch.setattr(Path, "replace", replace)
    run(store.save, NEW)
    assert run(store.load) == NEW
    assert store.path.stat().st_ino == before
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert names(tmp_path) == ["tokens.json"]


def test_a_folder_that_cannot_be_written_leaves_the_file_to_be_written_in_place(tmp_path, monkeypatch):
    store = JSONFileTokenStore(tmp_path / "tokens.json")
    run(store.save, OLD)

    def mkstemp(**_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(tempfile, "mkstemp", mkstemp)
    run(store.save, NEW)
    assert run(store.load) == NEW


def test_a_full_disk_is_told_and_the_old_pair_stays(tmp_path, monkeypatch):
    store = JSONFileTokenStore(tmp_path / "tokens.json")
    run(store.save, OLD)

    def replace(self, target):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(OSError, match="No space left"):
        run(store.save, NEW)
    assert run(store.load) == OLD
    assert names(tmp_path) == ["tokens.json"]


@pytest.mark.parametrize("exists", [True, False])
def test_a_symbolic_link_stays_one(tmp_path, exists):
    folder = tmp_path / "volume"
    folder.mkdir()
    store = JSONFileTokenStore(tmp_path / "tokens.json")
    store.path.symlink_to(folder / "kept.json")
    if exists:
        run(JSONFileTokenStore(folder / "kept.json").save, OLD)
    run(store.save, NEW)
    assert store.path.is_symlink()
    assert run(JSONFileTokenStore(folder / "kept.json").load) == NEW
    assert names(folder) == ["kept.json"]


@pytest.mark.parametrize("content", [b"", b"\n", b" \r\n\t", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n", b"\xff\xfe"])
def test_an_empty_file_is_one_that_nothing_was_saved_in_yet(tmp_path, content):
    store = JSONFileTokenStore(tmp_path / "tokens.json")
    store.path.write_bytes(content)

    async def main():
        async with store.lock():
            assert await store.load() is None
            await store.save(NEW)
        assert await store.load() == NEW

    run(main)


def test_a_link_to_a_file_that_is_not_there_yet_is_locked_where_it_points_to(tmp_path):
    folder = tmp_path / "volume"
    folder.mkdir()
    store, other = JSONFileTokenStore(tmp_path / "tokens.json"), JSONFileTokenStore(folder / "kept.json")
    store.path.symlink_to(other.path)

    async def main():
        async with store.lock():
            assert await store.load() is None
            with anyio.move_on_after(0.2) as waited:
                await other.lock().__aenter__()
            assert waited.cancelled_caught
            await store.save(NEW)
        assert await other.load() == NEW

    run(main)
    assert store.path.is_symlink()


def test_a_tilde_is_the_home_of_the_user(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert JSONFileTokenStore("~/tokens.json").path == tmp_path / "tokens.json"
    assert JSONFileTokenStore(Path("~/tokens.json")) == JSONFileTokenStore(tmp_path / "tokens.json")


def test_a_place_that_cannot_be_written_is_told_once_before_a_refresh_token_is_spent(tmp_path, monkeypatch, caplog):
    async def main(store):
        assert await store.load() is None
        assert await store.load() is None

    run(main, JSONFileTokenStore(tmp_path / "missing" / "tokens.json"))
    (said,) = caplog.messages
    assert f"{tmp_path}/missing/tokens.json" in said
    caplog.clear()
    run(main, JSONFileTokenStore(tmp_path / "tokens.json"))
    assert caplog.messages == []
    (tmp_path / "tokens.json").touch()
    allowed = {str(tmp_path)}
    monkeypatch.setattr(os, "access", lambda path, mode: str(path) in allowed)
    run(main, JSONFileTokenStore(tmp_path / "tokens.json"))
    assert caplog.messages == []  # it can be replaced
    allowed.clear()
    run(main, JSONFileTokenStore(tmp_path / "tokens.json"))
    assert len(caplog.messages) == 1


def test_a_save_that_was_given_up_never_overwrites_a_later_one(tmp_path, monkeypatch):
    store = JSONFileTokenStore(tmp_path / "tokens.json")
    hangs, real = threading.Event(), os.fsync

    async def main():
        with anyio.move_on_after(0.05):
            await store.save(OLD)
        saver = threading.Thread(target=store._file.save, args=(store._file.next_number(), NEW))
        saver.start()
        hangs.set()
        await anyio.to_thread.run_sync(saver.join)

    def fsync(handle):
        hangs.wait()
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    run(main)
    store._file.save(1, OLD)  # the first one's thread, at last
    assert run(store.load) == NEW


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("exists", [True, False])
def test_what_is_loaded_and_saved_under_the_lock_loses_nothing_though_the_file_is_replaced(tmp_path, backend, exists):
    path = tmp_path / "tokens.json"

    async def work(number):
        store = JSONFileTokenStore(path)
        async with store.lock():
            before = await store.load()
            await store.save(Tokens(f"access{number}", f"{before.refresh_token if before else ''}{number}"))

    async def main():
        async with anyio.create_task_group() as tasks:
            for number in range(5):
                tasks.start_soon(work, number)

    if exists:
        run(JSONFileTokenStore(path).save, Tokens("access", "x"))
    run(main, backend=backend)
    kept = run(JSONFileTokenStore(path).load).refresh_token
    assert sorted(kept) == sorted("01234" + ("x" if exists else ""))
    assert names(tmp_path) == ["tokens.json"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_lock_that_was_waited_for_in_vain_is_not_held(tmp_path):
    store = JSONFileTokenStore(tmp_path / "tokens.json")

    async def main():
        async with store.lock():
            assert await store.load() is None  # the file was made to be locked, and holds nothing
            with anyio.move_on_after(0.1) as scope:
                async with JSONFileTokenStore(store.path).lock():
                    pytest.fail("two at a time")
            assert scope.cancelled_caught
        async with JSONFileTokenStore(store.path).lock():
            pass

    run(main)


WORKER = """
import sys, anyio
from bitrix_im import BitrixIM, JSONFileTokenStore, Limits, OAuth, Retry, Tokens

async def main(base, path, access, refresh):
    app = OAuth(f"{base}/rest/", Tokens(access, refresh), "app.1", "the client secret", server=f"{base}/oauth/token/",
                store=JSONFileTokenStore(path))
    failed = 0
    async with BitrixIM(app, limits=Limits.unlimited(), retry=Retry(attempts=1)) as im:
        for line in sys.stdin:  # one round a line
            async with anyio.create_task_group() as tasks:
                async def ask():
                    nonlocal failed
                    try:
                        await im.call("server.time")
                    except Exception as error:
                        failed += 1
                        print("FAILED", repr(error), file=sys.stderr)
                for _ in range(3):
                    tasks.start_soon(ask)
            print("done", failed, flush=True)

anyio.run(main, *sys.argv[1:])
"""


@pytest.mark.slow
def test_four_processes_share_one_file_and_one_refresh_an_expiry(tmp_path):
    rounds = 5
    portal = Portal(seed=1, limited=False)
    portal.oauth_app("app.1", "the client secret")
    answer = portal.issue_tokens()
    with portal.serving() as url:
        base = url.partition("/rest/")[0]
        portal.oauth.client_endpoint = f"{base}/rest/"
        words = [base, str(tmp_path / "tokens.json"), answer["access_token"], answer["refresh_token"]]
        workers = [
            subprocess.Popen(
                [sys.executable, "-c", WORKER, *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )
            for _ in range(4)
        ]
        try:
            for _ in range(rounds):
                portal.expire_tokens()
                for worker in workers:
                    assert worker.stdin is not None
                    worker.stdin.write("go\n")
                    worker.stdin.flush()
                for worker in workers:
                    assert worker.stdout is not None
                    assert worker.stdout.readline() == "done 0\n"
        finally:
            for worker in workers:
                worker.communicate(timeout=20)
    assert (portal.refreshes, portal.oauth.attempts) == (rounds, rounds)
