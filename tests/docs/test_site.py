"""The documentation as a site."""

import os
import re
import subprocess
import sys

import pytest

import bitrix_im

from . import snippets

# Links lead where a reader clicks; what a browser fetches by itself must be in the site.
FETCHED = re.compile(
    r"""<(?:script|img|iframe|source)\b[^>]*\bsrc=["'](https?:)?//|<link\b[^>]*\brel=["']?stylesheet[^>]*https?://"""
)


@pytest.mark.slow
def test_the_site_builds_strictly_shows_the_fields_and_fetches_nothing_from_elsewhere(tmp_path):
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(tmp_path)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(snippets.ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=snippets.ROOT, env=environment, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    pages = {path.relative_to(tmp_path).as_posix(): path.read_text("utf-8") for path in tmp_path.rglob("*.html")}
    assert not [name for name, text in pages.items() if FETCHED.search(text)]
    assert "Attached files" in pages["reference/models.html"]  # the docstring of a field
    shown = {
        anchor.rpartition(".")[2] for text in pages.values() for anchor in re.findall(r'id="(bitrix_im[\w.]+)"', text)
    }
    assert set(bitrix_im.__all__) - shown <= {"errors"}, "every public name has its place in the reference"
