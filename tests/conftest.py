import pytest

from .virtual_time import backend


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    """Every async test runs on both event loops, in virtual time of its own."""
    return backend(request.param)
