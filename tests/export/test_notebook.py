"""The notebook of the examples runs as it is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_notebook_runs_from_top_to_bottom(tmp_path):
    shutil.copy(ROOT / "examples" / "export_notebook.ipynb", tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(tmp_path), "MPLCONFIGDIR": str(tmp_path)}
    environment.pop("PYTEST_ADDOPTS", None)
    plugins = ["-p", "no:bitrix_im", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", tmp_path]
    command = [sys.executable, "-m", "pytest", "-q", *plugins, "--nbmake", tmp_path / "export_notebook.ipynb"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    with duckdb.connect(str(tmp_path / "acme.duckdb"), read_only=True) as database:
        ((messages, dialogs),) = database.sql("SELECT count(*), count(DISTINCT dialog_id) FROM messages").fetchall()
    assert messages > 300
    assert dialogs == 40
