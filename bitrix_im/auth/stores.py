"""Where tokens outlive the process."""

from __future__ import annotations

import json
import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

import anyio.to_thread
import attrs

from .tokens import Tokens, Unpicklable


@runtime_checkable
class TokenStore(Protocol):
    """Where tokens outlive the process. Called with the newest pair before it is used."""

    async def load(self) -> Tokens | None:
        """The pair saved last, or None."""
        ...

    async def save(self, tokens: Tokens) -> None:
        """Keep this pair: the one before it is spent."""
        ...


class MemoryTokenStore(Unpicklable):
    """Tokens for as long as the process lives; several clients can share one."""

    def __init__(self, tokens: Tokens | None = None) -> None:
        self._tokens = tokens

    async def load(self) -> Tokens | None:
        """The pair saved last, or None."""
        return self._tokens

    async def save(self, tokens: Tokens) -> None:
        """Keep this pair."""
        self._tokens = tokens


@attrs.frozen
class JSONFileTokenStore:
    """Tokens in a JSON file that only its owner can read (mode 0600), replaced whole or not at all."""

    path: Path = attrs.field(converter=Path)

    async def load(self) -> Tokens | None:
        """The pair in the file, or None where there is no file. Raises `ValueError` for a file of something else."""
        return await anyio.to_thread.run_sync(self._load)

    async def save(self, tokens: Tokens) -> None:
        """Replace the file."""
        await anyio.to_thread.run_sync(self._save, tokens)

    def _load(self) -> Tokens | None:
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return None
        tokens = _from_json(content)
        if tokens is None:
            raise ValueError(f"expected tokens saved by JSONFileTokenStore in {self.path}, got something else")
        return tokens

    def _save(self, tokens: Tokens) -> None:
        values = attrs.asdict(tokens)
        values["expires_at"] = tokens.expires_at and tokens.expires_at.isoformat()
        # mkstemp makes the file with mode 0600; in the same folder, so that replacing is one step
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(values, file)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self.path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def _from_json(content: bytes) -> Tokens | None:
    # Its errors hold what they could not read, so none of them leaves here, not even as a __context__.
    try:
        values = json.loads(content)
        moment = values["expires_at"]
        return Tokens(
            str(values["access_token"]),
            str(values["refresh_token"]),
            datetime.fromisoformat(moment) if moment else None,
            values.get("client_endpoint"),
            values.get("member_id"),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
