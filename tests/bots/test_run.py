"""`run`: a bot as a process, which leaves cleanly when it is told to."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from bitrix_im.testing import Portal

BOT = textwrap.dedent(
    """
    import sys
    from bitrix_im.bots import BotToken, Handlers, MessageAdded, run

    h = Handlers()

    @h.on(MessageAdded)
    async def hear(event):
        await event.reply("Seen: " + event.text)

    run(h, sys.argv[1], "echo", name="Echo", token=BotToken("a-bots-secret-token"), mark=sys.argv[2])
    """
)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals as on POSIX")
def test_a_bot_runs_until_it_is_told_to_stop_and_says_what_it_does(tmp_path):
    portal = Portal(seed=1)
    ann = portal.person("Ann")
    with portal.serving() as url:
        command = [sys.executable, "-c", BOT, url, str(tmp_path / "echo.mark")]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        try:
            lines = [process.stderr.readline() for _ in range(2)]
            bot = portal.bot("echo")
            ann.write(bot.id, "hello")
            until = time.monotonic() + 30
            while bot.answers(ann.id) != ["Seen: hello"] and time.monotonic() < until:
                time.sleep(0.05)  # another process, in real time
            process.send_signal(signal.SIGTERM)
            rest = process.communicate(timeout=30)[1]
        finally:
            process.kill()
    assert bot.answers(ann.id) == ["Seen: hello"]
    assert process.returncode == 0
    said = [line.strip() for line in [*lines, *rest.splitlines()]]
    assert said == [
        f"echo: registered as bot {bot.id}",
        "echo: listening",
        "echo: SIGTERM, finishing what runs",
        "echo: stopped, all that was handled is confirmed",
    ]
    assert (tmp_path / "echo.mark").read_text().strip().isdigit()
    assert "a-bots-secret-token" not in "".join(said)
