"""One TLS context for all clients of a process: each of its own would load all certificate authorities again.

Those take some 36 ms and 800 KB, and thousands of portals as many times that.
"""

from __future__ import annotations

import os
import ssl
from functools import cache

import httpx


def shared_context(*, is_plain: bool) -> ssl.SSLContext:
    """The context that httpx makes by itself, as SSL_CERT_FILE and SSL_CERT_DIR say just now. Raises what it raises.

    Where no connection uses TLS (*is_plain*), httpx wants one all the same: it trusts nobody.
    """
    if is_plain:
        return _unused()
    return _context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@cache
def _context(file: str | None, folder: str | None) -> ssl.SSLContext:
    return httpx.create_ssl_context()


@cache
def _unused() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
