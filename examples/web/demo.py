"""The page on an embedded portal: `make demo-web`. Other people write while you look."""

from __future__ import annotations

import sys
import threading
import webbrowser
from random import Random

import uvicorn

from bitrix_im import BitrixIM
from bitrix_im.testing import Portal

from .app import create_app

PORT = 8024


def portal() -> Portal:
    """A portal with some hundred chats."""
    return Portal(seed=24).populate(dialogs=140, found=("Project", 60), messages=420, unread=12)


def people_write(made_up: Portal, ended: threading.Event) -> None:
    """Let somebody write every few seconds."""
    dice = Random(24)
    phrases = ("Good morning!", "Who has the slides?", "<b>5 < 7</b> & [b]bold[/b]", "Done.", "On my way", "Спасибо!")
    while not ended.wait(dice.uniform(2, 6)):
        made_up.post(dice.choice(made_up.visible_dialogs()[:8]), dice.choice(phrases))


def main() -> None:
    """Serve portal and page until Ctrl-C."""
    made_up, ended = portal(), threading.Event()
    with made_up.serving() as webhook:
        others = threading.Thread(target=people_write, args=(made_up, ended), daemon=True)
        others.start()
        address = f"http://127.0.0.1:{PORT}/"
        sys.stdout.write(f"A made-up portal answers on loopback; the page is {address} (Ctrl-C ends it)\n")
        threading.Timer(1.0, webbrowser.open, [address]).start()
        try:
            uvicorn.run(create_app(lambda: BitrixIM(webhook)), host="127.0.0.1", port=PORT, log_level="warning")
        finally:
            ended.set()


if __name__ == "__main__":
    main()
