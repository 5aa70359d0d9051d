"""What is wrong with a target, in one line that says what to do; the same words for every kind of it."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from pathlib import Path

from .base import Identity, TargetDamaged, TargetRefused

ANEW = "run once with full=True (--full), which replaces it"


def belongs_to_other(path: Path, found: Mapping[str, str], identity: Identity) -> TargetRefused | None:
    """What speaks against going on with a target that says of itself what is *found*; None where nothing does."""
    try:
        portal, user, version = found["portal"], int(found["user_id"]), int(found["schema_version"])
    except (KeyError, ValueError):
        return damaged(path)
    if (portal, user) != (identity.portal, identity.user_id):
        return TargetRefused(
            f"{path} holds the export of user {user} of {portal}, this is user {identity.user_id} of "
            f"{identity.portal}: choose another target, or {ANEW}"
        )
    if version > identity.schema_version:
        return TargetRefused(
            f"{path} was written by a newer version of bitrix-im (tables {version}, this one knows "
            f"{identity.schema_version}): update bitrix-im, or choose another target"
        )
    return None


def damaged(path: Path, what: str = "") -> TargetDamaged:
    """It cannot be read, or says what cannot be."""
    return TargetDamaged(f"{path} is damaged{f' ({what})' if what else ''}: choose another target, or {ANEW}")


def foreign(path: Path) -> TargetRefused:
    """It is something, but no export."""
    return TargetRefused(f"{path} is there already and no export of bitrix-im: choose another target")


def unwritable(path: Path, error: OSError | str) -> TargetRefused:
    """It cannot be written; what was there before is as it was."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return full_disk(path)
    why = (error.strerror or str(error)) if isinstance(error, OSError) else error
    return TargetRefused(f"{path} cannot be written ({why}): make it writable, or choose another target")


def full_disk(path: Path) -> TargetRefused:
    """There is no room."""
    return TargetRefused(f"{path}: the disk is full: make room and run again, it goes on where it stopped")


def in_use(path: Path) -> TargetRefused:
    """Another process holds it."""
    return TargetRefused(f"{path} is in use by another process: wait until it is done, and run again")
