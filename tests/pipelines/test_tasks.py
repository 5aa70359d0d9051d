"""How a job is cut into tasks, and which options cannot be."""

import pickle

import pytest

from bitrix_im.limits import Limits, SharedLimits
from bitrix_im.pipelines.spark import BitrixDataSource
from bitrix_im.pipelines.tasks import Order

WEBHOOK = "https://acme.bitrix24.com/rest/1/S3CRET/"


def order(**options):
    return Order.of({"secret": "ACME_WEBHOOK", **options})


@pytest.mark.parametrize(("dialogs", "sizes"), [(0, []), (1, [1]), (50, [50]), (51, [26, 25]), (2000, [500] * 4)])
def test_dialogs_are_cut_evenly_and_into_no_more_tasks_than_they_fill(dialogs, sizes):
    names = [f"chat{number}" for number in range(dialogs)]
    tasks = order().tasks("ACME_WEBHOOK", names, after=7, upto=9)
    assert [len(task.dialogs) for task in tasks] == sizes
    assert sorted(name for task in tasks for name in task.dialogs) == sorted(names)
    assert all((task.after, task.upto) == (7, 9) for task in tasks)


def test_tasks_have_a_part_of_the_limits_each():
    made = order(rate="5", burst="200")
    limits = [
        made.allowed(task.part, task.burst_part)
        for task in made.tasks("ACME_WEBHOOK", [f"chat{number}" for number in range(200)])
    ]
    assert limits == [Limits(rate=1.25, burst=25, operating=120)] * 4


def test_shared_limits_are_not_divided(monkeypatch, tmp_path):
    monkeypatch.setenv("PLACE", str(tmp_path / "limits.db"))
    for place in (str(tmp_path / "limits.db"), "env:PLACE"):
        shared = SharedLimits(tmp_path / "limits.db", Limits(rate=5))
        assert order(limits=place, rate="5").allowed(part=0.25, burst_part=0.1) == shared


def test_an_order_holds_names_and_no_secret(monkeypatch):
    monkeypatch.setenv("ACME_WEBHOOK", WEBHOOK)
    made = order()
    made.client("ACME_WEBHOOK")
    assert b"S3CRET" not in pickle.dumps([made, made.tasks("ACME_WEBHOOK", ["chat1"])])


def test_a_secret_that_is_not_there_is_told_by_its_name():
    with pytest.raises(LookupError, match="environment variable NOBODY_S_WEBHOOK"):
        order().client("NOBODY_S_WEBHOOK")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"secret": ""}, "name of an environment variable"),
        ({"secret": WEBHOOK}, "never the URL itself"),
        ({"dialog": "chat1"}, "got \\['dialog'\\]"),
        ({"dialogs": "chat1,what?"}, "option dialogs"),
        ({"secret": "A,B", "dialogs": "chat1"}, "one portal"),
        ({"partitions": "0"}, "option partitions"),
        ({"partitions": "2.5"}, "a whole number"),
        ({"after": "-1"}, "option after"),
        ({"rate": "fast"}, "option rate"),
        ({"limits": "limits.db"}, "absolute path"),
        ({"limits": "redis://:S3CRET@cache"}, "env:NAME"),
    ],
)
def test_options_that_cannot_work_are_refused_without_showing_a_secret(options, told):
    with pytest.raises(ValueError, match=told) as caught:
        order(**options)
    assert "S3CRET" not in str(caught.value)


def test_options_may_be_in_any_case():
    made = order(Partitions="2", DIALOGS='["chat1", 503]')
    assert (made.partitions, made.dialogs) == (2, ("chat1", "503"))


def test_without_pyspark_the_line_to_type_is_told():
    try:
        import pyspark  # noqa: F401
    except ModuleNotFoundError:
        with pytest.raises(ModuleNotFoundError, match=r"pip install 'bitrix-im\[spark\]'"):
            BitrixDataSource({"secret": "ACME_WEBHOOK"})
    else:
        assert BitrixDataSource({"secret": "ACME_WEBHOOK"}).name() == "bitrix_im"
