"""A self-signed certificate for loopback: some clients speak nothing but https."""

from __future__ import annotations

import subprocess
from pathlib import Path

import attrs


@attrs.frozen
class Certificate:
    files: tuple[str, str]
    """Certificate and key."""

    @property
    def trust(self) -> dict[str, str]:
        """The environment in which httpx, aiohttp and requests trust it."""
        return dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), self.files[0])


def make(folder: Path) -> Certificate:
    """Make one with openssl, good for two days."""
    folder.mkdir(parents=True, exist_ok=True)
    files = str(folder / "certificate.pem"), str(folder / "key.pem")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    names = "subjectAltName=IP:127.0.0.1,DNS:localhost"
    subprocess.run(
        [*command.split(), "-addext", names, "-out", files[0], "-keyout", files[1]], check=True, capture_output=True
    )
    return Certificate(files)
