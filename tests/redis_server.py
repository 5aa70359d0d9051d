"""Debian's redis-server, on a free port of this machine, for as long as a test needs it."""

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import closing

import redis

HOW_TO_GET = "no redis-server here: make redis"


def is_here():
    """Whether there is one to start."""
    return shutil.which("redis-server") is not None


class RedisServer:
    """One server: started, stopped and started again on the same port. It keeps nothing on disk."""

    def __init__(self):
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = tempfile.TemporaryDirectory()
        self._process = None

    def start(self):
        """Start it, empty, and wait until it answers."""
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            ["redis-server", *options, "--dir", self._folder.name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + 20
        with closing(self.client()) as client:
            while True:
                try:
                    return client.ping()
                except redis.ConnectionError:
                    if time.monotonic() > until:
                        raise
                    time.sleep(0.02)

    def stop(self):
        """Stop it at once: whoever is connected is cut off."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self):
        """Let it hang: it takes connections and answers nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self):
        """Let it answer again."""
        self._process.send_signal(signal.SIGCONT)

    def client(self):
        """A client of the test's own."""
        return redis.Redis(port=self.port, decode_responses=True)

    def close(self):
        """Stop it for good."""
        self.stop()
        self._folder.cleanup()
