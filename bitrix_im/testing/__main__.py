"""``python -m bitrix_im.testing``: a populated portal on a loopback socket, to try things on."""

import argparse
import sys
import threading
from contextlib import suppress

from . import Portal


def main(arguments: list[str] | None = None, stop: threading.Event | None = None) -> None:
    """Serve a portal until Ctrl-C (or *stop*)."""
    parser = argparse.ArgumentParser(prog="python -m bitrix_im.testing", description="An embedded Bitrix24 portal.")
    parser.add_argument("--port", type=int, default=0, help="a free one by default")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dialogs", type=int, default=60)
    parser.add_argument("--messages", type=int, default=120, help="in the dialog that is named")
    parser.add_argument("--unlimited", action="store_true", help="without the leaky bucket")
    chosen = parser.parse_args(arguments)
    portal = Portal(chosen.seed, limited=not chosen.unlimited)
    portal.populate(dialogs=chosen.dialogs, messages=chosen.messages, unread=min(30, chosen.messages))
    with portal.serving(chosen.port) as url, suppress(KeyboardInterrupt):
        sys.stdout.write(f"webhook: {url}\nhistory: {portal.showcase}\n")
        sys.stdout.flush()
        (stop or threading.Event()).wait()


if __name__ == "__main__":
    main()
