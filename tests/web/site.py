"""The example's page, served on loopback."""

import socket
import threading
from contextlib import contextmanager

import uvicorn

from bitrix_im import BitrixIM
from examples.web.app import create_app


class Site:
    """The page's server: it can be stopped, and started again under the same address."""

    def __init__(self, portal, webhook):
        self.portal = portal
        self._webhook = webhook
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}/"

    @classmethod
    @contextmanager
    def serving(cls, portal):
        """The page's server on a loopback socket, meanwhile."""
        with portal.serving() as webhook:
            site = cls(portal, webhook)
            site.start()
            try:
                yield site
            finally:
                site.stop()

    def start(self):
        app = create_app(lambda: BitrixIM(self._webhook))
        self._server = uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=self._port, log_level="critical", timeout_graceful_shutdown=1)
        )
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.01)

    def stop(self):
        self._server.should_exit = True
        self._thread.join()
