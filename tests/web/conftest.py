"""The example's page, served on loopback for a real browser."""

import contextlib
import os
import shutil

import pytest
from playwright.sync_api import sync_playwright

from bitrix_im.testing import Portal

from .site import Site

_FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


@pytest.fixture(scope="module")
def site():
    portal = Portal(seed=24, rate=20).populate(dialogs=70, found=("Project", 40), messages=420, unread=0)
    with Site.serving(portal) as made:
        yield made


@pytest.fixture(scope="module")
def browser():
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "expected chromium: apt-get install chromium, or name it in CHROMIUM"
    with (
        sync_playwright() as playwright,
        contextlib.closing(playwright.chromium.launch(executable_path=path, args=_FLAGS)) as opened,
    ):
        yield opened


@pytest.fixture(params=["desktop", "phone"])
def page(request, browser, site):
    size = {"width": 1200, "height": 760} if request.param == "desktop" else {"width": 390, "height": 780}
    context = browser.new_context(viewport=size)
    opened = context.new_page()
    problems = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.goto(site.url)
    opened.wait_for_selector(".dialog")
    opened.wait_for_selector("#status[data-state=live]")
    yield opened
    context.close()
    assert not problems
