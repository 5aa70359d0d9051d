import pytest
from hypothesis import settings

from .virtual_time import backend

# An example's time depends on the machine: speed is for benchmarks/.
settings.register_profile("suite", deadline=None, max_examples=50)
settings.register_profile("soak", deadline=None, max_examples=2000)
settings.load_profile("suite")  # pytest --hypothesis-profile=soak overrides it


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    """Every async test runs on both event loops, in virtual time of its own."""
    return backend(request.param)
