"""From a target to a page: reads, counts, draws, and writes the file whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from . import page
from .numbers import Numbers, numbers
from .source import Source


def report(
    target: str | os.PathLike[str],
    path: str | os.PathLike[str],
    *,
    zone: tzinfo = UTC,
    title: str | None = None,
    now: datetime | None = None,
) -> Numbers:
    """Write a page about an exported target to *path*, and return its numbers.

    *target* is what `export` made: an SQLite or DuckDB file, a folder of Parquet or JSON Lines (these three need the
    extra ``export``). Days and hours are those of *zone*; *title* stands for the name of the portal, *now* for the time
    when it was made.

    The page stands alone: no script, nothing from elsewhere, no text of any message. Raises `NoExport` for what is no
    export, `ModuleNotFoundError` where the extra ``report`` is missing, `OSError` where the page cannot be written.
    """
    place = Path(os.path.expanduser(path))  # noqa: PTH111 - what it does not know, it leaves
    try:
        import matplotlib  # noqa: F401 - said before anything is read
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "a report needs matplotlib: pip install 'bitrix-im[report]'", name=error.name
        ) from None
    with Source(os.fspath(target)) as source:
        if place.exists() and place.samefile(source.path):
            raise FileExistsError(errno.EEXIST, "that is the export", str(place))
        titles = source.titles()
        names, bots = source.people()
        portal = source.portal()
        found = numbers(source.messages(), zone, bots=bots)
    text = page.page(
        found,
        titles=titles,
        names=names,
        portal=portal if title is None else title,
        zone=getattr(zone, "key", None) or str(zone),
        made=(now or datetime.now(UTC)).astimezone(zone),
    )
    _write(place, text)
    return found


def _write(path: Path, text: str) -> None:
    path = path.resolve()  # a link stays one
    if path.exists() and not path.is_file():  # a pipe or a device is written to, not replaced
        path.write_text(text, encoding="utf-8", errors="replace")
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
