"""``python -m tests.simulate --seed N --hours H``: exit code 1 and an account where an invariant breaks."""

import argparse
import sys
import traceback
from random import SystemRandom

from .loops import LOOPS
from .run import THINK, simulate


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tests.simulate", description=__doc__)
    parser.add_argument("--seed", type=int, help="what everything is drawn from; by default a random one")
    parser.add_argument("--hours", type=float, default=24.0, help="how long, in simulated hours")
    parser.add_argument("--loop", choices=LOOPS, help="by default asyncio for even seeds, trio for odd ones")
    parser.add_argument("--trace", action="store_true", help="print what happens, line by line")
    parser.add_argument("--faults", type=float, default=0.2, help="the share of requests that fail")
    parser.add_argument("--think", type=float, default=THINK, help="seconds between two acts of one user")
    parser.add_argument("--more", action="store_true", help="print more numbers")
    chosen = parser.parse_args(arguments)
    seed = SystemRandom().randrange(10**6) if chosen.seed is None else chosen.seed
    options = {"think": chosen.think, "fault_share": chosen.faults, "loop": chosen.loop, "echo": chosen.trace}
    outcome = simulate(seed, chosen.hours, **options)
    if outcome.violation is not None:
        sys.stdout.write(outcome.account() + "\n")
        if outcome.violation.__cause__ is not None:
            traceback.print_exception(outcome.violation.__cause__)
    sys.stdout.write(f"{outcome}\n")
    if chosen.more:
        sys.stdout.write(
            f"waited {outcome.waited:.0f} s, {outcome.refused} refused after foreign traffic, {outcome.refreshes} "
            f"refreshes, {outcome.records} log records, longest step {outcome.longest:.0f} s\n"
        )
    return 1 if outcome.violation is not None else 0


if __name__ == "__main__":
    sys.exit(main())
