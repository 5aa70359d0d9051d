"""``bitrix-im report``: a page about an exported target."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path

from ..report import NoExport, report
from . import streams
from .problems import Problem
from .texts import clean, count


def run(target: str, output: str, *, zone: tzinfo, title: str | None) -> None:
    """Make the page."""
    try:
        found = report(target, output, zone=zone, title=title)
    except NoExport as error:
        raise Problem(str(error)) from None
    except OSError as error:
        raise Problem(f"cannot write {output}: {error.strerror}") from None
    streams.tell(
        f"{count(found.messages, 'message')} of {count(found.dialogs, 'dialog')} in {clean(str(Path(output)))}"
    )
