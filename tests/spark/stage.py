"""Portals on sockets of this machine, at addresses that are known before Spark starts: its processes inherit them."""

import os
import signal
import socket
from contextlib import closing
from pathlib import Path

from bitrix_im.testing import Portal

SECRET = "s3cr3tOfTheWebhook"


def free_port():
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Place:
    """Where a portal will be served: a port, and the name of the environment variable that holds its webhook."""

    def __init__(self, name):
        self.name = name
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        os.environ[name] = f"http://{self.host}/rest/1/{SECRET}/"

    def serving(self, portal):
        return portal.serving(self.port)


def portal_of(dialogs, messages=40, **options):
    """A portal in which each dialog has a message or two, and one has many."""
    portal = Portal(seed=1, secret=SECRET, **options).populate(dialogs=dialogs, messages=messages, queue_lines=0)
    for name in portal.visible_dialogs()[::10]:
        portal.post(name, "Hello")
    return portal


def truth(portal):
    return {(name, number) for name in portal.visible_dialogs() for number in portal.visible_messages(name)}


def workers(root):
    """The Python workers of Spark below a process: what reads a task. By Linux's /proc."""
    parents, commands = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                commands[int(entry.name)] = (entry / "cmdline").read_bytes()
            except (OSError, ValueError):
                continue  # gone meanwhile

    def is_below(pid):
        while pid in parents and pid != root:
            pid = parents[pid]
        return pid == root

    forks = [pid for pid, command in commands.items() if b"pyspark.daemon" in command]
    return [pid for pid in forks if parents[pid] in forks and is_below(pid)]


def kill_one_worker(root):
    """Kill a Python worker by SIGKILL. False where there is none."""
    for pid in workers(root):
        os.kill(pid, signal.SIGKILL)
        return True
    return False
