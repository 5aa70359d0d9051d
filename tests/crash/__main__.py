"""``python -m tests.crash --seed N``: exit code 1, and what went wrong, where something was lost or doubled."""

import argparse
import sys
from functools import partial
from random import SystemRandom

from .run import crash_bot, crash_consumer


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--seed", type=int, help="what the moments are drawn from; by default a random one")
    parser.add_argument(
        "--loop", choices=("asyncio", "trio"), action="append", help="by default first one, then the other"
    )
    parser.add_argument("--kills", type=int, default=15, help="how often the bot is killed")
    parser.add_argument("--messages", type=int, default=500, help="written to the bot")
    parser.add_argument("--presses", type=int, default=100, help="of the bot's buttons")
    parser.add_argument("--consumer-kills", type=int, default=20, help="how often the consumer of events is killed")
    parser.add_argument("--events", type=int, default=1000, help="that the consumer is to hear")
    parser.add_argument("--dialogs", type=int, default=40, help="in which they happen")
    chosen = parser.parse_args(arguments)
    seed = SystemRandom().randrange(10**6) if chosen.seed is None else chosen.seed
    failed = False
    for loop in chosen.loop or ("asyncio", "trio"):
        options = {"seed": seed, "loop": loop}
        for play in (
            partial(crash_bot, kills=chosen.kills, messages=chosen.messages, presses=chosen.presses),
            partial(crash_consumer, kills=chosen.consumer_kills, events=chosen.events, dialogs=chosen.dialogs),
        ):
            outcome = play(**options)
            sys.stdout.write(f"{outcome}\n")
            sys.stdout.flush()
            failed = failed or bool(outcome.problems)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
