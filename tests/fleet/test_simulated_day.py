"""A fleet in virtual time, with kills and outages: small days of `make simulate-fleet`."""

import pytest

from tests.simulate.fleet import Broken, Fleet, main


@pytest.mark.grid(every=6)
@pytest.mark.parametrize("seed", range(6))
def test_no_limit_is_broken_and_no_portal_has_two_owners_or_none_for_long(seed):
    day = Fleet(seed, portals=40, workers=4, hours=1, rushes=6, troubles=12)
    totals = day.play()
    assert sum(totals.events.values()) >= 1
    assert totals.requests > 200
    assert set(day.owner) | set(day.unowned) == set(day.portals)


def test_two_owners_would_be_noticed(capsys):
    day = Fleet(1, portals=10, workers=2, hours=0.2, rushes=1)
    day.play()
    with pytest.raises(Broken, match="two owners"):
        day.begin("portal1", "somebody else")
    day.unowned["portal2"] = (day.now - 31, "kill")
    with pytest.raises(Broken, match="no owner for"):
        day.check_gaps()
    assert main(["--seed", "4", "--portals", "20", "--workers", "2", "--hours", "0.2"]) == 0
    assert "0 refused" in capsys.readouterr().out
