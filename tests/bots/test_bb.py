"""BB codes: what people write does nothing, what is meant goes as it is meant."""

import re

import pytest
from hypothesis import given, strategies as st

from bitrix_im.bots import bb

SPACE = "\u200b"
PIECES = st.lists(
    st.sampled_from(
        ["[b]", "[/b]", "[user=all]", "[send=/x]", "[url=http://a.test]", "[/url]", "[code]", "[/code]", "[br]",
         "[", "]", ">>", ">", "------", "-" * 60, "\n", "\r\n", "\u2028", " ", "word ", "a[0]", "ж", "😀", "[i]",
         "[/i]", "/", SPACE]
    ),
    max_size=60,
).map("".join)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["[send=/pay 100]Yes[/send]", "[user=all]all[/user]", "[URL=http://x.test]y[/URL]", "[*]", "[/b]", "[newtag]",
     ">> a quote", "x\n>>y", "x\r\n  >> y", "------\nAnn\n------", "x\u2028>>y", "a " + "-" * 54 + " b"],
)  # fmt: skip
def test_what_would_act_is_broken_by_zero_width_spaces_alone(text):
    safe = bb.escape(text)
    assert safe != text
    assert safe.replace(SPACE, "") == text
    assert bb.strip(safe) == text


@pytest.mark.parametrize(
    "text",
    ["", "Hello, Ann!", "a[0] = b[1]", "x > y >> z", "[]", "[ b ]", "---", "1 - 2", "a -> b", "] [1]", "C:\\x", "😀"],
)
def test_harmless_text_stays_as_it_is(text):
    assert bb.escape(text) == text
    assert bb.strip(text) == text


@given(PIECES | st.text())
def test_no_text_acts_once_it_is_escaped(text):
    safe = bb.escape(text)
    assert not re.search(r"\[/?[A-Za-z*]", safe)
    assert not safe.endswith(("[", "[/"))
    for line in re.split(r"[\r\n\u2028\u2029]", safe):
        assert not re.match(r"[ \t]*(>>|------)", line)
    assert "-" * 54 not in safe
    assert safe.replace(SPACE, "") == text.replace(SPACE, "")
    assert bb.escape(safe) == safe
    if SPACE not in text:
        assert bb.strip(safe) == text


def test_a_text_is_shown_as_it_reads():
    text = "[b]Hi[/b] [user=5]Ann[/user][br][url=http://x.test]look[/url] a[0]"
    assert bb.strip(text) == "Hi Ann\nlook a[0]"


def test_builders_make_what_they_are_named_for():
    assert bb.bold("x") == "[b]x[/b]"
    assert bb.italic("x") == "[i]x[/i]"
    assert bb.link("https://a.test/?q[0]=1") == "[url]https://a.test/?q%5B0%5D=1[/url]"
    assert bb.link("/crm/deal/5/", "the deal") == "[url=/crm/deal/5/]the deal[/url]"
    assert bb.mention(5, "Ann [send=x]") == f"[user=5]Ann [{SPACE}send=x][/user]"
    assert bb.mention("all", "you") == "[user=all]you[/user]"
    assert bb.quote("a\nb") == ">>a\n>>b"
    assert bb.code("x[0]; y[/code]z") == f"[code]x[0]; y[{SPACE}/code]z[/code]"


@pytest.mark.parametrize(
    "url", ["", "javascript:alert(1)", "//evil.test", "a b", "http://", "https:///x", "http://a.test/\n", 5]
)
def test_a_link_elsewhere_than_the_web_is_refused(url):
    with pytest.raises(ValueError, match="expected url"):
        bb.link(url)


@pytest.mark.parametrize("user", [0, -1, True, "5", "ALL", None])
def test_a_mention_of_nobody_is_refused(user):
    with pytest.raises(ValueError, match="expected a user's id"):
        bb.mention(user)


@pytest.mark.parametrize("limit", [0, 99, True, "200"])
def test_an_impossible_limit_is_refused(limit):
    with pytest.raises(ValueError, match="100 characters"):
        bb.split("x", limit)


def test_what_fits_is_one_part():
    assert bb.split("x" * 20_000) == ["x" * 20_000]
    assert [len(part) for part in bb.split("x" * 20_001)] == [20_000, 1]


def test_a_long_text_is_cut_behind_lines_then_words():
    lines = "\n".join(f"line {number} of many" for number in range(40))
    parts = bb.split(lines, 100)
    assert "\n".join(parts) == lines
    assert " ".join(bb.split(("some words " * 30).strip(), 100)) == ("some words " * 30).strip()


def test_what_is_open_at_a_cut_is_closed_and_opened_again():
    parts = bb.split("[b]" + "word " * 50 + "[url=http://a.test]" + "more " * 30 + "[/url][/b] end", 120)
    assert all(part.startswith("[b]") for part in parts)
    assert all(part.count("[b]") == part.count("[/b]") == 1 for part in parts)
    assert "[/url][/b]" in parts[-2]


def test_an_address_between_tags_is_never_cut():
    address = "[url]http://a.test/" + "x" * 20 + "[/url]"
    assert all(
        part.count(address) * len(address) == len(part.replace(" ", "")) for part in bb.split(f"{address} " * 9, 100)
    )


def test_a_cut_makes_no_quotation():
    text = "word " * 19 + "x >> y " + "word " * 20
    assert not any(part.startswith(">>") for cut in range(100, 130) for part in bb.split(text, cut))


@given(PIECES.map(lambda text: text * 4), st.integers(100, 150))
def test_no_part_is_too_long_and_nothing_gets_lost(text, limit):
    parts = bb.split(text, limit)
    if len(text) <= limit:
        assert parts == [text]
        return
    assert all(len(part) <= limit for part in parts)

    def words(text):
        return re.sub(rf"[\s{SPACE}]", "", bb.strip(text))

    assert words("".join(words(part) for part in parts)) == words(text)


@given(st.lists(st.sampled_from(["[url=http://a.test/x]seen[/url] ", "word ", "[send=/go now]go[/send]\n", "x" * 30])))
def test_no_tag_is_cut(pieces):
    text = "".join(pieces * 3)
    parts = bb.split(text, 110)
    for tag in ("[url=http://a.test/x]", "[send=/go now]"):
        assert sum(part.count(tag) for part in parts) >= text.count(tag)
    assert all(part.count("[send=") == part.count("[/send]") for part in parts)
