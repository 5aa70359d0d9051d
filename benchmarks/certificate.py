"""A self-signed certificate for loopback: some clients speak nothing but https."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

import attrs

_TRUST = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")


@attrs.frozen
class Certificate:
    files: tuple[str, str]
    """Certificate and key."""

    @property
    def trust(self) -> dict[str, str]:
        """The environment in which httpx, aiohttp, requests and node trust it."""
        return dict.fromkeys(_TRUST, self.files[0])


def make(folder: Path, hosts: Iterable[str] = ()) -> Certificate:
    """Make one with openssl, good for two days, for loopback and for *hosts*."""
    folder.mkdir(parents=True, exist_ok=True)
    files = str(folder / "certificate.pem"), str(folder / "key.pem")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    names = "subjectAltName=IP:127.0.0.1,DNS:localhost" + "".join(f",DNS:{host}" for host in hosts)
    subprocess.run(
        [*command.split(), "-addext", names, "-out", files[0], "-keyout", files[1]], check=True, capture_output=True
    )
    return Certificate(files)
