"""Arrays are those that pyarrow makes itself, and pandas stays out."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

from bitrix_im.export.arrow import arrow_array, arrow_values

NUMBERS = st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=3)), timezone(-timedelta(hours=9, minutes=30))])
SECONDS = st.integers(-62_135_000_000, 253_402_000_000)
DATES = st.builds(lambda second, zone: (EPOCH + timedelta(0, second, 7)).astimezone(zone), SECONDS, ZONES)
KINDS = {
    "integer": (pa.int64(), NUMBERS),
    "number": (pa.float64(), st.floats(allow_nan=False)),
    "boolean": (pa.bool_(), st.booleans()),
    "text": (pa.string(), TEXTS),
    "timestamp": (pa.timestamp("us", "UTC"), DATES),
    "list of integers": (pa.list_(pa.int64()), st.lists(NUMBERS)),
    "list of texts": (pa.list_(pa.string()), st.lists(TEXTS)),
}


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_an_array_is_that_of_pyarrow(kind, data):
    kind, one = KINDS[kind]
    values = data.draw(st.lists(st.none() | one, max_size=20))
    made = arrow_array(values, kind)
    made.validate(full=True)
    assert made.null_count == values.count(None)
    assert made.equals(pa.array(values, kind))
    assert arrow_values(made) == values


def test_a_number_too_large_for_64_bits_is_refused():
    with pytest.raises(OverflowError):
        arrow_array([2**63], pa.int64())


def test_writing_parquet_imports_no_pandas_and_keeps_little_memory(tmp_path):
    code = """
import sys
from pathlib import Path
from bitrix_im.export.schema import MESSAGES
from bitrix_im.export.targets.base import Batch, Identity
from bitrix_im.export.targets.folder import Folder
from bitrix_im.export.targets.parquet import Parquet
from bitrix_im.models import Message
from datetime import datetime, UTC
target = Folder(Path(sys.argv[1]), Parquet())
target.open(Identity("acme.bitrix24.com", 1, 1))
for number in range(9):
    rows = MESSAGES.values([Message(id=number)], dialog_id="chat5", exported_at=datetime.now(UTC))
    target.write(Batch({"messages": rows}, gone=[("chat5", number - 1)]))
target.counts(["chat5"])
import os
import pyarrow
print("pandas" in sys.modules, pyarrow.default_memory_pool().backend_name, "ARROW_DEFAULT_MEMORY_POOL" in os.environ)
"""
    command = [sys.executable, "-c", code, str(tmp_path / "acme")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "False system False\n"
