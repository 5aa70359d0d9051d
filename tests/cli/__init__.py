"""What the tests of the command line share."""

import sys

SECRET = "t0p5ecretw0rd"
WEBHOOK = f"https://acme.bitrix24.com/rest/1/{SECRET}/"
COMMAND = [sys.executable, "-m", "bitrix_im"]
RICH = {"COLUMNS", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"}


def told(capsys):
    """The one line on stderr."""
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("bitrix-im: ")
    assert err.endswith("\n")
    assert err.count("\n") == 1
    assert SECRET not in err
    assert SECRET[:6] not in err
    return err
