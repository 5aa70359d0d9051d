"""The two event loops in virtual time: both repeat themselves, end a livelock, and tell which tasks are left."""

import asyncio
from contextlib import contextmanager

import anyio
import trio

from ..virtual_time import VirtualTimeLoop, backend

LOOPS = ("asyncio", "trio")
_LOOKS = 1_000_000  # steps at one moment, after which time will hardly pass any more


class _Loop(VirtualTimeLoop):
    """Virtual time that must pass: whoever is busy for ever at one moment is told so."""

    def __init__(self):
        self._seen, self._looks = 0.0, 0
        super().__init__()

    def time(self):
        now = self.virtual_now
        self._looks = self._looks + 1 if now == self._seen else 0
        self._seen = now
        if self._looks > _LOOKS:
            self._looks = 0
            raise RuntimeError(f"livelock: the clock was read {_LOOKS} times at {now:.3f} s")
        return now


class _Passing(trio.abc.Instrument):
    """The same for trio, whose clocks must not raise: cancels everything."""

    def __init__(self, clock):
        self.stuck = None
        self.scope = trio.CancelScope()
        self._clock = clock
        self._seen, self._steps = 0.0, 0

    def before_task_step(self, task):
        now = self._clock.current_time()
        self._steps = self._steps + 1 if now == self._seen else 0
        self._seen = now
        if self._steps > _LOOKS and self.stuck is None:
            self.stuck = f"livelock: {_LOOKS} steps at {now:.3f} s, the last one of {task.name}"
            self.scope.cancel()


def run(function, *, on, seed):
    """Run *function* to its end in virtual time; tasks take their turns as *seed* says."""
    if on == "asyncio":
        anyio.run(function, backend_options={"loop_factory": _Loop})
        return
    name, options = backend(on)
    passing = _Passing(options["clock"])

    async def main():
        with passing.scope:
            await function()

    with _repeatable(seed):
        anyio.run(main, backend=name, backend_options={**options, "instruments": [passing]})
    if passing.stuck is not None:
        raise RuntimeError(passing.stuck)


@contextmanager
def _repeatable(seed):
    """Trio shuffles its tasks, and offers tests no public way to have it done alike twice (trio's issue 890)."""
    runner = vars(trio._core._run)
    state, sorts = runner["_r"].getstate(), runner["_ALLOW_DETERMINISTIC_SCHEDULING"]
    runner["_r"].seed(seed)
    runner["_ALLOW_DETERMINISTIC_SCHEDULING"] = True
    try:
        yield
    finally:
        runner["_r"].setstate(state)
        runner["_ALLOW_DETERMINISTIC_SCHEDULING"] = sorts


def tasks():
    """The names of all tasks but the current one."""
    try:
        current = asyncio.current_task()
    except RuntimeError:  # trio is running
        root = trio.lowlevel.current_root_task()
        return sorted(task.name for task in _below(root) if task is not trio.lowlevel.current_task())
    return sorted(repr(task) for task in asyncio.all_tasks() if task is not current)


def _below(task):
    yield task
    for nursery in task.child_nurseries:
        for child in nursery.child_tasks:
            yield from _below(child)
