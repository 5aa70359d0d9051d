import signal
from contextlib import closing

import pytest
from hypothesis import settings

from . import redis_server as server_of_redis
from .virtual_time import backend

# Where the suite runs in the background Ctrl-C is ignored, also by the programs that tests start and stop by it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# An example's time depends on the machine: speed is for benchmarks/.
settings.register_profile("suite", deadline=None, max_examples=50)
settings.register_profile("quick", deadline=None, max_examples=15)
settings.register_profile("soak", deadline=None, max_examples=2000)
settings.load_profile("suite")  # pytest --hypothesis-profile=soak overrides it


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    """Every async test runs on both event loops, in virtual time of its own."""
    return backend(request.param)


@pytest.fixture(scope="session")
def redis_process():
    """A real redis-server, for the whole run."""
    if not server_of_redis.is_here():
        pytest.skip(server_of_redis.HOW_TO_GET)
    server = server_of_redis.RedisServer()
    server.start()
    yield server
    server.close()


@pytest.fixture
def redis_server(redis_process):
    """The real redis-server, empty."""
    with closing(redis_process.client()) as client:
        client.flushall()
    return redis_process


def pytest_collection_modifyitems(items):
    """Of a grid, all cases but each *every*-th are slow: the quick suite takes a sample, the whole suite all."""
    seen: dict[str, int] = {}
    for item in items:
        grid = item.get_closest_marker("grid")
        if grid is None:
            continue
        grid_name = item.nodeid.partition("[")[0]
        number = seen[grid_name] = seen.get(grid_name, -1) + 1
        if number % grid.kwargs["every"]:
            item.add_marker(pytest.mark.slow)
