"""A file in a JSON body: the same bytes as if it had been written at once."""

import base64
import json

import pytest
from hypothesis import given, strategies as st

from bitrix_im.rest.inline import Attachment, new_mark

from .. import virtual_time


class Chunks:
    def __init__(self, chunks):
        self.chunks = list(chunks)

    def __aiter__(self):
        return self

    async def __anext__(self):
        if not self.chunks:
            raise StopAsyncIteration
        return self.chunks.pop(0)


def body_of(chunks, size, progress=None):
    mark = new_mark()
    frame = json.dumps({"fields": {"name": "ä.txt", "content": mark}}, ensure_ascii=False).encode()
    length, stream = Attachment(mark, size, Chunks(chunks), progress).into(frame)

    async def main():
        return [piece async for piece in stream]

    return length, virtual_time.run(main)


@given(st.lists(st.binary(max_size=20), max_size=8))
def test_a_file_in_any_chunks_is_its_base64(chunks):
    whole = b"".join(chunks)
    length, pieces = body_of(chunks, len(whole))
    body = b"".join(pieces)
    assert len(body) == length
    assert json.loads(body) == {"fields": {"name": "ä.txt", "content": base64.b64encode(whole).decode()}}


@pytest.mark.parametrize("chunks", [[b"abc", b"d"], [b"a"], []])
def test_a_file_that_is_not_as_long_as_it_was_is_not_sent_to_its_end(chunks):
    with pytest.raises(ValueError, match="it changed meanwhile"):
        body_of(chunks, 3)


def test_progress_is_told_by_the_bytes_of_the_file():
    told = []
    body_of([b"ab", b"cde"], 5, lambda sent, size: told.append((sent, size)))
    assert told == [(2, 5), (5, 5)]
