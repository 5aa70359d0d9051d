"""The bytes of files, beside the target: each under the sha256 of its content, ``NAME.files/ab/abcdef…``."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import anyio
import anyio.to_thread

from ..client import BitrixIM
from ..errors import ApiError, TransportError, UnexpectedResponse
from .ledger import Ledger
from .targets import refusal
from .targets.base import Target, TargetRefused, Unfetched

_AT_ONCE = 4
_CHUNK = 2**20


async def fetch(im: BitrixIM, ledger: Ledger, target: Target, folder: Path) -> None:
    """Fetch what is not there yet. A file that fails stands in the report, and is tried again by the next run."""
    names = set(ledger.names)
    waiting = [file for file in await ledger.writer.ask(target.unfetched) if file.dialog_id in names]
    if not waiting:
        return
    arriving = folder / ".arriving"
    await anyio.to_thread.run_sync(_begin, folder, arriving)
    refused: list[TargetRefused] = []

    async def work() -> None:
        while waiting and not refused:
            file = waiting.pop()
            try:
                ledger.writer.pile.hashes[file.id] = await _one(im, file, arriving, folder)
            except (ApiError, TransportError, UnexpectedResponse, _Differs) as error:
                ledger.fail(f"file {file.id} of {file.dialog_id}", error)
            except OSError as error:
                refused.append(refusal.unwritable(folder, error))
            else:
                ledger.meter.fetched += 1
                await ledger.writer.passed()
                ledger.tell()

    async with anyio.create_task_group() as tasks:
        for _ in range(_AT_ONCE):
            tasks.start_soon(work)
    if refused:
        raise refused[0]
    await anyio.to_thread.run_sync(shutil.rmtree, arriving)


class _Differs(Exception):
    """What came is not the file that the portal told of."""


async def _one(im: BitrixIM, file: Unfetched, arriving: Path, folder: Path) -> str:
    path = arriving / str(file.id)
    await im.files.download(file.dialog_id, file.id, path)
    return await anyio.to_thread.run_sync(_stored, path, file.size, folder)


def _begin(folder: Path, arriving: Path) -> None:
    """Make the folders; what a run that was killed has left half is thrown away."""
    try:
        shutil.rmtree(arriving, ignore_errors=True)
        arriving.mkdir(parents=True)
    except OSError as error:
        raise refusal.unwritable(folder, error) from error


def _stored(path: Path, size: int, folder: Path) -> str:
    """Put a file where its content says. It is on the disk before a row says so."""
    digest, there = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            there += len(chunk)
        if size and there != size:
            path.unlink()
            raise _Differs(f"expected {size} bytes, as the portal tells, got {there}")
        os.fsync(file.fileno())
    name = digest.hexdigest()
    place = folder / name[:2] / name
    place.parent.mkdir(exist_ok=True)
    path.replace(place)
    return name
