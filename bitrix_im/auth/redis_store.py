"""Tokens in Redis: for the processes of any number of hosts."""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable
from importlib.util import find_spec
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.to_thread

from ..errors import TransportError
from ..redis_link import connect, is_server, require_redis, secrets_of, server_name
from .tokens import Tokens, Unpicklable
from .written import from_json, to_json

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

log = logging.getLogger("bitrix_im")
T = TypeVar("T")

_WITHIN = 5.0  # seconds that the server may take
_LOCKED_FOR = 35.0  # seconds: a refresh takes no longer (30), and one whose process died holds up the others no longer
_PAUSE = 0.05  # seconds between two tries to lock
_KEPT_FOR = 180 * 86_400  # seconds: a refresh token is good no longer (docs/portal.md#oauth-answer)

# One hash: `value`, and `saved`, the number of the lock that it was saved under; `count` of locks so far, `until` when
# the last one is held, gone once it is given back.
_TAKE = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local held = tonumber(redis.call('HGET', KEYS[1], 'until') or '')
if held and held > now then return {0, 0} end
redis.call('HSET', KEYS[1], 'until', string.format('%.6f', now + ARGV[1]))
return {redis.call('HINCRBY', KEYS[1], 'count', 1), held and 1 or 0}
"""
_GIVE_BACK = """
if redis.call('HGET', KEYS[1], 'count') == ARGV[1] then redis.call('HDEL', KEYS[1], 'until') end
"""
# Who was held up for so long that another has locked and saved since does not overwrite what that one saved.
_SAVE = """
local number, saved = tonumber(ARGV[2]), tonumber(redis.call('HGET', KEYS[1], 'saved') or '0')
if number > 0 and saved > number then return 0 end
redis.call('HSET', KEYS[1], 'value', ARGV[1], 'saved', math.max(number, saved))
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""


class RedisTokenStore(Unpicklable):
    """Tokens in a Redis server, for any number of processes and hosts: one refresh for all of them.

    *key* is where in the server; each portal's tokens need one of their own. With *encryption*, a key of Fernet's
    (``Fernet.generate_key()``), they are encrypted there; a pair that was saved without is read all the same. The
    server must keep what it was told (``appendonly yes``): a pair that it forgets is lost. A refresh is made under a
    lock of 35 seconds at most, so a process that dies in the middle of one holds up the others no longer.

    Raises `ValueError` for what is no address of a Redis server or no key of Fernet's, and `ImportError` where redis-py
    or cryptography is missing; `load` raises `ValueError` where something else, or another encryption key's, is stored,
    and all methods `TransportError` where the server does not answer.
    """

    def __init__(self, url: str, key: str = "bitrix-im:tokens", *, encryption: str | bytes | None = None) -> None:
        problem = self._prepare(url, key, encryption)
        del url, encryption  # a traceback shows locals
        if problem is not None:
            raise problem

    def _prepare(self, url: object, key: str, encryption: str | bytes | None) -> Exception | None:
        """What is wrong with them, if anything: returned, not raised, since the frame here holds secrets."""
        self._name = key
        if not isinstance(url, str) or not is_server(url):
            return ValueError("expected the URL of a Redis server, like redis://cache:6379/0")
        require_redis("RedisTokenStore")
        self._name = f"{key} of {server_name(url)}"
        self._key = key
        self._secrets = secrets_of(url)
        cipher = None if encryption is None else _cipher(encryption)
        if isinstance(cipher, Exception):
            return cipher
        self._cipher = cipher
        self._redis = connect(url, _WITHIN)
        self._number = self._written = 0  # of saves: one that was given up must not overwrite a later one
        self._saving = threading.Lock()
        self._held = 0  # the number of the lock that this process holds
        return None

    async def load(self) -> Tokens | None:
        """The pair saved last, or None."""
        found = await self._do(self._load)
        if isinstance(found, Exception):
            raise found
        return found

    def _load(self) -> Tokens | ValueError | None:
        content = self._redis.hget(self._key, "value")
        if content is None:
            return None
        if self._cipher is None and str(content).startswith("gAAAA"):  # how Fernet's tokens begin
            return ValueError(f"the tokens in {self._name} are encrypted: say encryption=KEY to read them")
        plain = str(content).encode()
        if self._cipher is not None and not plain.startswith(b"{"):
            opened = _decrypted(self._cipher, plain)
            if opened is None:
                return ValueError(f"the tokens in {self._name} were encrypted with another key than the one given")
            plain = opened
        return from_json(plain) or ValueError(
            f"expected tokens saved by RedisTokenStore in {self._name}, got something else"
        )

    async def save(self, tokens: Tokens) -> None:
        """Keep this pair; one that was overtaken while it was under way is left out."""
        self._number += 1
        await self._do(functools.partial(self._save, self._number, self._held, tokens))

    def _save(self, number: int, lock: int, tokens: Tokens) -> None:
        content = to_json(tokens)
        if self._cipher is not None:
            content = self._cipher.encrypt(content)
        with self._saving:
            if number < self._written:
                return
            if not self._redis.eval(_SAVE, 1, self._key, content, lock, _KEPT_FOR):
                log.warning("another process has refreshed the tokens in %s meanwhile: its pair stays", self._name)
            self._written = number

    def lock(self) -> _Lock:
        """Held by one process at a time, from before a refresh until its pair is saved."""
        return _Lock(self)

    async def _take(self) -> None:
        while True:
            number, is_left_behind = await self._do(lambda: self._redis.eval(_TAKE, 1, self._key, _LOCKED_FOR))
            if number:
                break
            await anyio.sleep(_PAUSE)
        self._held = int(number)
        if is_left_behind:
            log.warning(
                "a process ended while it refreshed the tokens in %s: if invalid_grant follows, the new pair was lost "
                "with it, and the application must be installed, or authorized, again",
                self._name,
            )

    async def _give_back(self) -> None:
        held, self._held = self._held, 0
        await self._do(lambda: self._redis.eval(_GIVE_BACK, 1, self._key, held))

    async def _do(self, act: Callable[[], T]) -> T:
        from redis import RedisError

        try:
            return await anyio.to_thread.run_sync(act, abandon_on_cancel=True)
        except RedisError as error:
            why = f"{type(error).__name__}: {self._secrets.hide(str(error))}"
        raise TransportError(f"the token store {self._name} does not answer: {why}", sent=False, phase="refresh")

    def __repr__(self) -> str:
        return f"RedisTokenStore({self._name!r})"


class _Lock:
    def __init__(self, store: RedisTokenStore) -> None:
        self._store = store

    async def __aenter__(self) -> _Lock:
        await self._store._take()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._store._give_back()
        except TransportError as failure:
            log.warning("%s; its lock ends by itself", failure)


def _cipher(key: str | bytes) -> Fernet | Exception:
    # Returned, not raised: cryptography's error, and the frames here, hold the key.
    if find_spec("cryptography") is None:
        return ImportError("RedisTokenStore(encryption=…) needs cryptography: pip install 'bitrix-im[redis]'")
    from cryptography.fernet import Fernet

    try:
        return Fernet(key)
    except (TypeError, ValueError):
        return ValueError("expected encryption to be a key as Fernet.generate_key() makes them")


def _decrypted(cipher: Fernet, content: bytes) -> bytes | None:
    from cryptography.fernet import InvalidToken

    try:
        return cipher.decrypt(content)
    except InvalidToken:
        return None
