"""The example's page in headless Chromium, as a person uses it."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

SHOWN = "[...document.querySelectorAll('.message[data-id]')].map(row => Number(row.dataset.id))"


def open_showcase(page, site):
    page.fill("#find", "Showcase")
    page.wait_for_function("document.querySelectorAll('.dialog').length === 1")
    page.click(".dialog")
    page.wait_for_selector(".message[data-id]")
    return site.portal.showcase


def back_to_the_list(page):
    if page.locator("#back").is_visible():
        page.click("#back")


def test_a_search_shows_the_chats_of_that_name_and_nothing_else(page, site):
    page.fill("#find", "Project")
    page.wait_for_function(
        "[...document.querySelectorAll('.name')].every(name => name.textContent.includes('Project'))"
    )
    while page.locator(".dialog").count() < 40:
        page.evaluate("document.getElementById('dialogs').scrollTop = 1e9")
        page.wait_for_timeout(50)
    assert page.locator(".dialog").count() == len(site.portal.found_chats("Project"))
    page.fill("#find", "no such chat")
    expect(page.locator("#list-note")).to_have_text("No chat of that name.")


def test_the_list_is_whole_when_scrolled_to_its_end(page, site):
    wanted = {*site.portal.visible_dialogs(), *site.portal.queue_lines()}
    for _ in range(100):
        page.evaluate("document.getElementById('dialogs').scrollTop = 1e9")
        page.wait_for_timeout(50)
        if page.locator(".dialog").count() >= len(wanted):
            break
    shown = page.evaluate("[...document.querySelectorAll('.dialog')].map(row => row.id.slice(7))")
    assert len(shown) == len(set(shown))
    assert set(shown) == wanted


def test_scrolling_back_through_the_history_leaves_no_gap_and_no_double(page, site):
    dialog_id = open_showcase(page, site)
    for _ in range(200):
        page.evaluate("document.getElementById('scroll').scrollTop = 0")
        page.wait_for_timeout(50)
        if "begins" in page.locator("#top-note").inner_text():
            break
    shown = page.evaluate(SHOWN)
    assert len(shown) > 300
    assert shown == sorted(site.portal.visible_messages(dialog_id))


def test_what_one_reads_stays_in_its_place_while_older_messages_come(page, site):
    open_showcase(page, site)
    page.wait_for_timeout(200)
    page.evaluate("document.getElementById('scroll').scrollTop = 700")
    first = page.evaluate("document.querySelector('.message').dataset.id")
    before = page.evaluate(f"document.querySelector('[data-id=\"{first}\"]').getBoundingClientRect().top")
    page.evaluate("document.getElementById('scroll').scrollTop = 500")
    page.wait_for_function(f"document.querySelector('.message').dataset.id !== '{first}'")
    after = page.evaluate(f"document.querySelector('[data-id=\"{first}\"]').getBoundingClientRect().top")
    assert abs(after - before - 200) < 40


def test_a_sent_message_stands_there_once_and_is_on_the_portal(page, site):
    dialog_id = open_showcase(page, site)
    text = f"5 < 7 & [b]as typed[/b] on {page.viewport_size['width']}"
    page.fill("#text", text)
    page.press("#text", "Enter")
    page.wait_for_selector(".message.own[data-id] >> text=as typed")
    page.wait_for_timeout(3500)  # until the event of it has come as well
    assert page.locator(".message.own", has_text=f"on {page.viewport_size['width']}").count() == 1
    sent = site.portal.message_texts(dialog_id)[-1]
    assert "[b]as typed[/b]" not in sent  # it is text, and acts on nobody


def test_what_somebody_else_writes_appears_in_the_chat_and_in_the_list(page, site):
    dialog_id = open_showcase(page, site)
    site.portal.post(dialog_id, "<img src=x onerror=alert(1)> [b]hello[/b] from the other side")
    message = page.locator(".message[data-id]", has_text="from the other side").last
    expect(message).to_be_visible(timeout=15_000)
    assert message.locator(".text").inner_text() == "<img src=x onerror=alert(1)> hello from the other side"
    back_to_the_list(page)
    page.fill("#find", "")
    page.wait_for_function("document.querySelectorAll('.dialog').length > 1")
    other = next(name for name in site.portal.visible_dialogs() if name != dialog_id)
    counted = page.locator(f"#dialog-{other} .counter")
    before = int(counted.text_content()) if counted.count() else 0
    text = f"one more for the list at {page.viewport_size['width']}"
    site.portal.post(other, text)
    expect(page.locator(f"#dialog-{other} .preview")).to_have_text(text, timeout=15_000)
    assert int(counted.text_content()) == before + 1


def test_a_lost_connection_is_said_and_what_was_missed_is_fetched(page, site):
    dialog_id = open_showcase(page, site)
    site.stop()
    try:
        page.wait_for_selector("#status[data-state=lost]")  # over the conversation, too
        for number in range(60):
            site.portal.post(dialog_id, f"while you were away {number}")
    finally:
        site.start()
    page.wait_for_selector("#status[data-state=live]", state="attached", timeout=15_000)
    expect(page.locator(".message", has_text="while you were away 59").last).to_be_visible(timeout=15_000)
    shown = page.evaluate(SHOWN)
    there = sorted(site.portal.visible_messages(dialog_id))
    assert shown == there[-len(shown) :]


def test_the_page_works_by_keyboard_alone(page, site):
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#dialogs")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector(".message[data-id]")
    chosen = page.locator(".dialog[aria-selected=true] .name").text_content()
    assert page.locator("#title").text_content() == chosen
    page.keyboard.press("Escape")
    expect(page.locator("#dialogs")).to_be_focused()
