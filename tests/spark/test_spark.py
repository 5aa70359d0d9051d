"""A portal as a source of Spark: whole jobs on two local cores, from portals on sockets of this machine."""

import os
import sys
import threading

import pytest

pytest.importorskip("pyspark", reason="PySpark has an environment of its own: make test-spark")

from pyspark import cloudpickle
from pyspark.errors import PySparkException, StreamingQueryException
from pyspark.sql import SparkSession

from bitrix_im.pipelines.spark import BitrixDataSource
from bitrix_im.testing import Portal

from . import stage

# py4j and Spark's servers leave sockets to the garbage collector.
pytestmark = [pytest.mark.spark, pytest.mark.filterwarnings("default")]

ACME, GLOBEX = stage.Place("ACME_WEBHOOK"), stage.Place("GLOBEX_WEBHOOK")
FAST = {"rate": "50", "burst": "100"}
"""What the portals here allow: the rules are the real ones', the minutes are not."""


@pytest.fixture(scope="module")
def spark():
    os.environ.update(PYSPARK_PYTHON=sys.executable, PYSPARK_DRIVER_PYTHON=sys.executable)
    session = (
        SparkSession.builder.master("local[2,4]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    session.dataSource.register(BitrixDataSource)
    yield session
    session.stop()


def messages(spark, **options):
    return spark.read.format("bitrix_im").options(**{"secret": ACME.name, **FAST, **options}).load()


def pairs(frame):
    return [(row.dialog_id, row.id) for row in frame.select("dialog_id", "id").collect()]


def quick_portal(dialogs, messages=40):
    return stage.portal_of(dialogs, messages, rate=50, burst=100, drain_interval=0.1)


def test_two_thousand_dialogs_come_complete(spark):
    portal = quick_portal(2000, messages=500)
    with ACME.serving(portal):
        frame = messages(spark)
        assert frame.rdd.getNumPartitions() == 4
        found = pairs(frame)
    assert len(found) == len(set(found))
    assert set(found) == stage.truth(portal)


def test_rows_have_the_columns_of_an_export(spark):
    portal = quick_portal(3, messages=50)
    name = portal.showcase
    number = portal.post(name, "Wow", LIKE=["5"])
    with ACME.serving(portal):
        (row,) = messages(spark, dialogs=name).where(f"id = {number}").collect()
        narrow = spark.read.format("bitrix_im").schema("id bigint, text string").options(secret=ACME.name, dialogs=name)
        assert {(one.id, one.text) for one in narrow.load().collect()} >= {(number, "Wow")}
    assert (row.dialog_id, row.text, row.params_likes, row.portal) == (name, "Wow", [5], ACME.host)
    assert row.date.timestamp() == pytest.approx(portal.clock.seconds(), abs=60)


def test_only_messages_above_an_id_come_where_asked(spark):
    portal = quick_portal(60, messages=100)
    floor = max(number for _, number in stage.truth(portal))
    new = [(name, portal.post(name, "New")) for name in portal.visible_dialogs()[:5]]
    with ACME.serving(portal):
        assert sorted(pairs(messages(spark, after=str(floor)))) == sorted(new)
        assert sorted(pairs(messages(spark, after=str(floor), partitions="1"))) == sorted(new)


def test_many_portals_are_a_task_each(spark):
    portals = {ACME: quick_portal(5, messages=45), GLOBEX: quick_portal(8, messages=50)}
    with ACME.serving(portals[ACME]), GLOBEX.serving(portals[GLOBEX]):
        frame = messages(spark, secret=f"{ACME.name},{GLOBEX.name}")
        assert frame.rdd.getNumPartitions() == 2
        rows = frame.select("portal", "dialog_id", "id").collect()
    for place, portal in portals.items():
        assert {(row.dialog_id, row.id) for row in rows if row.portal == place.host} == stage.truth(portal)


def test_a_task_that_is_killed_and_run_again_gives_no_doubles(spark):
    portal = quick_portal(400, messages=100)
    killed = []

    def kill(*_):
        if portal.requests == 8 and not killed:
            killed.append(stage.kill_one_worker(os.getpid()))

    portal.before_command = kill
    with ACME.serving(portal):
        found = pairs(messages(spark))
    assert killed == [True]
    assert len(found) == len(set(found))
    assert set(found) == stage.truth(portal)


def test_no_secret_is_in_a_plan_or_in_what_is_sent(spark, capsys):
    portal = quick_portal(120)
    with ACME.serving(portal):
        frame = messages(spark)
        frame.explain(extended=True)
        plan = capsys.readouterr().out + frame._jdf.queryExecution().toString()
        source = BitrixDataSource({"secret": ACME.name})
        reader = source.reader(frame.schema)
        sent = cloudpickle.dumps([source, reader, reader.partitions(), source.streamReader(frame.schema)])
    assert "bitrix_im" in plan
    assert stage.SECRET not in plan
    assert stage.SECRET.encode() not in sent
    assert ACME.name.encode() in sent


def test_a_secret_that_is_not_there_is_told_by_its_name(spark):
    with pytest.raises(Exception, match="environment variable NOBODY_S_WEBHOOK"):
        messages(spark, secret="NOBODY_S_WEBHOOK").count()


def test_a_dialog_that_the_user_has_left_is_left_out(spark):
    portal = quick_portal(10)
    left, kept = portal.visible_dialogs()[:2]
    portal.post(kept)
    portal.leave(left)
    with ACME.serving(portal):
        found = pairs(messages(spark, dialogs=f"{left},{kept}"))
    assert sorted(found) == sorted((kept, number) for number in portal.visible_messages(kept))


def test_no_secret_is_in_what_is_told_of_a_failure(spark):
    with ACME.serving(Portal(secret="another")), pytest.raises(PySparkException) as caught:
        messages(spark, partitions="1").count()
    told = str(caught.value)
    assert "bitrix_im.errors" in told
    assert stage.SECRET not in told


def test_where_nothing_is_new_there_are_no_rows(spark):
    with ACME.serving(quick_portal(10)):
        assert messages(spark, after="999999999").count() == 0


@pytest.mark.parametrize("shared", [False, True], ids=["divided", "shared by a file"])
def test_tasks_keep_to_the_limits_together(spark, tmp_path, shared):
    portal = stage.portal_of(600, 100, rate=10, burst=20, drain_interval=0.1)
    place = {"limits": str(tmp_path / "limits.db")} if shared else {}
    with ACME.serving(portal):
        found = pairs(messages(spark, rate="10", burst="20", **place))
    assert set(found) == stage.truth(portal)
    assert portal.refusals == 0


class Stream:
    """A streaming query into a table of Parquet, run until nothing is left."""

    def __init__(self, spark, folder, **options):
        self._spark = spark
        self._rows, self._checkpoint = str(folder / "rows"), str(folder / "checkpoint")
        self._options = {"secret": ACME.name, "interval": "0", **FAST, **options}

    def run(self):
        source = self._spark.readStream.format("bitrix_im").options(**self._options).load()
        written = source.writeStream.format("parquet").option("checkpointLocation", self._checkpoint)
        written.trigger(availableNow=True).start(self._rows).awaitTermination()

    def rows(self):
        return sorted(pairs(self._spark.read.parquet(self._rows)))


def test_a_stream_reads_only_what_is_new(spark, tmp_path):
    portal = quick_portal(300, messages=100)
    stream = Stream(spark, tmp_path)
    with ACME.serving(portal):
        stream.run()  # begins now
        new = []
        for turn in range(2):
            new += [(name, portal.post(name)) for name in portal.visible_dialogs()[:50] for _ in range(4)]
            before = portal.requests
            stream.run()
            assert stream.rows() == sorted(new)
            assert portal.requests - before <= 15, turn
        before = portal.requests
        stream.run()
        assert portal.requests - before <= 4
        assert stream.rows() == sorted(new)


def test_a_stream_can_begin_at_the_beginning(spark, tmp_path):
    portal = quick_portal(80, messages=120)
    with ACME.serving(portal):
        stream = Stream(spark, tmp_path, after="0")
        stream.run()
    assert stream.rows() == sorted(stage.truth(portal))


def test_a_stream_that_runs_on_reads_what_is_written_meanwhile(spark, tmp_path):
    portal = quick_portal(100)
    heard = []
    enough = threading.Event()

    def take(frame, number):
        heard.extend(pairs(frame))
        if len(heard) >= 6:
            enough.set()

    with ACME.serving(portal):
        source = spark.readStream.format("bitrix_im").options(secret=ACME.name, interval="0.5", **FAST).load()
        begun = portal.requests
        query = source.writeStream.foreachBatch(take).option("checkpointLocation", str(tmp_path)).start()
        while portal.requests == begun:  # until it has seen where it begins
            query.awaitTermination(timeout=0.2)
        query.awaitTermination(timeout=1)
        new = []
        for _ in range(3):
            new += [(name, portal.post(name)) for name in portal.visible_dialogs()[:2]]
            query.awaitTermination(timeout=2)
        assert enough.wait(60), query.exception()
        query.stop()
    assert sorted(heard) == sorted(new)


def test_a_batch_that_failed_is_run_again_with_the_same_rows(spark, tmp_path):
    portal = quick_portal(100)
    source = {"secret": ACME.name, "interval": "0", **FAST}
    seen = []

    def run(fail):
        def take(frame, number):
            seen.append((number, sorted(pairs(frame))))
            if fail:
                raise RuntimeError("the sink is away")

        stream = spark.readStream.format("bitrix_im").options(**source).load()
        written = stream.writeStream.foreachBatch(take).option("checkpointLocation", str(tmp_path))
        query = written.trigger(availableNow=True).start()
        try:
            query.awaitTermination()
        except StreamingQueryException:
            assert fail
        else:
            assert not fail

    with ACME.serving(portal):
        run(fail=False)
        names = portal.visible_dialogs()[:20]
        first = sorted((name, portal.post(name)) for name in names)
        run(fail=True)
        later = sorted((name, portal.post(name)) for name in names[10:])
        run(fail=False)
    batches = [(number, rows) for number, rows in seen if rows]
    assert batches == [(batches[0][0], first), (batches[0][0], first), (batches[0][0] + 1, later)]
