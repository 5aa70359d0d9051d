"""Which version of the interfaces a portal speaks."""

from __future__ import annotations

from typing import Annotated

import attrs

from ..convert import wired
from .base import Model


@attrs.frozen(kw_only=True, repr=False)
class Revision(Model):
    """Revision numbers of the messenger's interfaces: what a portal can do grows with them."""

    rest: int = 0
    web: int = 0
    mobile: int = 0
    desktop: int = 0
    im_revision_mobile: Annotated[int, wired(run="rarely")] = 0
    """An old name of ``mobile``."""
