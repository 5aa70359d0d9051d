"""The program that the type checkers read does what it says."""

import pytest

from bitrix_im.testing import Portal

from ..helpers import connected
from .user_program import main


@pytest.mark.anyio
async def test_a_program_of_twenty_homes_runs_on_the_portal_as_the_type_checkers_read_it():
    portal = Portal(seed=3).populate(dialogs=12, messages=20, unread=2)
    async with connected(portal) as im:
        done = await main(im, portal.showcase)
    assert done[0].startswith("recent.list ")
    assert done[-1] == f"events {portal.showcase}"
