"""A job on a standalone cluster of a master and two workers, one of which is killed: ``make test-spark-cluster``.

The worker dies with its executor, by SIGKILL, as a machine that loses its power. The other one reads what is left.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import pyspark
from pyspark.sql import SparkSession

from bitrix_im.pipelines.spark import BitrixDataSource

from . import stage

# ruff: noqa: T201 - a script that prints

DIALOGS, PARTITIONS, KILL_AT = 2000, 8, 25
HOME = Path(pyspark.__file__).parent


class Daemon:
    """A master or a worker, in a process group of its own."""

    def __init__(self, stack, folder, kind, *arguments):
        name = "org.apache.spark.deploy." + {"master": "master.Master", "worker": "worker.Worker"}[kind]
        environment = {**os.environ, "SPARK_HOME": str(HOME), "SPARK_LOCAL_IP": "127.0.0.1"}
        self._log = folder / "log"
        folder.mkdir()
        self._process = subprocess.Popen(
            [HOME / "bin" / "spark-class", name, "--host", "127.0.0.1", "--webui-port", "0", *arguments],
            env=environment,
            cwd=folder,
            stdout=stack.enter_context(self._log.open("w")),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        stack.callback(self.kill)

    def kill(self):
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def wait_for(self, words):
        until = time.monotonic() + 120
        while words not in self._log.read_text():
            if time.monotonic() > until or self._process.poll() is not None:
                sys.exit(f"expected {words!r} in the log within two minutes, got:\n{self._log.read_text()}")
            time.sleep(0.2)


def main():
    place, port = stage.Place("ACME_WEBHOOK"), stage.free_port()
    portal = stage.portal_of(DIALOGS, 300, rate=10, burst=20, drain_interval=0.1)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        address = f"spark://127.0.0.1:{port}"
        Daemon(stack, folder / "master", "master", "--port", str(port)).wait_for("New state: ALIVE")
        options = ["--cores", "1", "--memory", "1g", "--work-dir"]
        workers = [Daemon(stack, folder / name, "worker", *options, folder / name, address) for name in ("one", "two")]
        for worker in workers:
            worker.wait_for("Successfully registered with master")
        print("a master and two workers are up")

        os.environ.update(PYSPARK_PYTHON=sys.executable, PYSPARK_DRIVER_PYTHON=sys.executable)
        builder = SparkSession.builder.master(address).config("spark.executor.memory", "600m")
        for name in ("spark.driver.host", "spark.driver.bindAddress"):
            builder = builder.config(name, "127.0.0.1")
        spark = builder.config("spark.ui.enabled", "false").getOrCreate()
        stack.callback(spark.stop)
        spark.dataSource.register(BitrixDataSource)

        killed = []

        def kill_a_worker(*_):
            if portal.requests == KILL_AT and not killed:
                workers[0].kill()
                killed.append(portal.requests)
                print(f"a worker was killed at request {portal.requests}")

        portal.before_command = kill_a_worker
        stack.enter_context(place.serving(portal))
        given = {"secret": place.name, "partitions": str(PARTITIONS), "rate": "10", "burst": "20"}
        frame = spark.read.format("bitrix_im").options(**given, limits=str(folder / "limits.db")).load()
        found = [(row.dialog_id, row.id) for row in frame.select("dialog_id", "id").collect()]
        truth = stage.truth(portal)
        print(
            f"{len({name for name, _ in found})} dialogs in {frame.rdd.getNumPartitions()} tasks, {len(found)} messages"
        )
        print(f"missing: {len(truth - set(found))}, twice: {len(found) - len(set(found))}")
        print(f"requests: {portal.requests}, refused: {portal.refusals}")
    is_right = sorted(found) == sorted(truth) and killed and not portal.refusals
    sys.exit(0 if is_right else "that is not what was expected")


if __name__ == "__main__":
    main()
