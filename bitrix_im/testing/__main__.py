"""``python -m bitrix_im.testing``: a populated portal on a loopback socket, to try things on."""

import argparse
import sys
import threading

from .command import CannotServe, add_arguments, serve


def main(arguments: list[str] | None = None, stop: threading.Event | None = None) -> int:
    """Serve a portal until Ctrl-C (or *stop*); the exit code, 2 where that cannot be."""
    parser = argparse.ArgumentParser(prog="python -m bitrix_im.testing", description="An embedded Bitrix24 portal.")
    add_arguments(parser)
    try:
        serve(parser.parse_args(arguments), stop)
    except CannotServe as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
