"""Serving a portal from the command line: ``python -m bitrix_im.testing`` and ``bitrix-im portal``."""

import argparse
import errno
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from .portal import Portal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What both commands take."""
    parser.add_argument("--port", type=_port, default=0, help="a free one by default")
    parser.add_argument("--seed", type=int, default=0, help="decides the made-up world")
    parser.add_argument("--dialogs", type=_count(1, 10_000), default=60)
    parser.add_argument("--messages", type=_count(0, 1_000_000), default=120, help="in the dialog that is named")
    parser.add_argument("--unlimited", action="store_true", help="without the leaky bucket")
    parser.add_argument("--no-oauth", action="store_true", help="without an application and its tokens")


class CannotServe(Exception):
    """Why there is no portal: a line for people."""


def serve(chosen: argparse.Namespace, stop: threading.Event | None = None) -> None:
    """Serve a portal until Ctrl-C (or *stop*); `CannotServe` where that cannot be.

    Bots with a webhook on loopback are called by themselves.
    """
    try:
        from . import Portal
    except ModuleNotFoundError as error:
        raise CannotServe(str(error)) from None
    portal = Portal(chosen.seed, limited=not chosen.unlimited)
    portal.populate(dialogs=chosen.dialogs, messages=chosen.messages, unread=min(30, chosen.messages))
    try:
        with portal.serving(chosen.port, deliver=True) as url, suppress(KeyboardInterrupt):
            sys.stdout.write("".join(f"{name}: {value}\n" for name, value in _described(portal, url, chosen).items()))
            sys.stdout.flush()
            (stop or threading.Event()).wait()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            why = f"port {chosen.port} is taken: choose another with --port, or none for a free one"
        elif error.errno == errno.EACCES:
            why = f"port {chosen.port} needs rights that you do not have: choose one above 1023"
        else:
            raise
        raise CannotServe(why) from None


def _described(portal: "Portal", url: str, chosen: argparse.Namespace) -> dict[str, str]:
    """What a client needs to know."""
    lines = {"webhook": url, "history": portal.showcase}
    if chosen.no_oauth:
        return lines
    parts = urlsplit(url)
    root = f"{parts.scheme}://{parts.netloc}"
    client_secret = f"secret-of-seed-{chosen.seed}"
    portal.oauth_app("local.app", client_secret)
    portal.oauth.client_endpoint = f"{root}/rest/"
    tokens = portal.issue_tokens()
    return lines | {
        "client_endpoint": tokens["client_endpoint"],
        "token_endpoint": f"{root}/oauth/token/",
        "client_id": "local.app",
        "client_secret": client_secret,
        "access_token": tokens["access_token"],
        "refresh_token": tokens["refresh_token"],
    }


def _count(least: int, most: int) -> Callable[[str], int]:
    """Read a number of things to make up."""

    def number(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
            raise argparse.ArgumentTypeError(f"expected a whole number from {least} to {most:,}, got {text!r}")
        return int(text)

    return number


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: a number from 0 (a free one) to 65535")
    return int(text)
