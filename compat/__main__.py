"""``python -m compat``: exit code 1 where a client finds the portal other than a real one."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from urllib.parse import urljoin, urlsplit

from benchmarks import certificate, environments
from benchmarks.runs import Failed, run
from benchmarks.table import markdown

from . import checks, tunnel
from .libraries import Library, libraries

# Under names that a real portal and the real auth servers have: clients that know those by heart are led here.
HOSTS = ("portal.bitrix24.test", "oauth.bitrix24.tech", "oauth.bitrix.info")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m compat", description=__doc__.partition(": ")[2])
    known = libraries()
    parser.add_argument("library", nargs="*", help=f"by default all: {', '.join(each.name for each in known)}")
    chosen = parser.parse_args()
    trusted = certificate.make(environments.BUILD.parent / "compat", HOSTS)
    rows, broken = [], 0
    for library in known:
        if chosen.library and library.name not in chosen.library:
            continue
        said = _outcomes(library, trusted)
        broken += sum(outcome.startswith("BROKEN") for outcome in said.values())
        rows += [[library.name, library.version, name, outcome] for name, outcome in said.items()]
    sys.stdout.write(markdown(["client", "version", "check", "outcome"], rows))
    return 1 if broken else 0


def _outcomes(library: Library, trusted: certificate.Certificate) -> dict[str, str]:
    """What came of every check of a library: ``holds``, ``differs: …``, ``BROKEN: …``, or why it was not made."""
    try:
        interpreter = library.interpreter()
    except environments.Missing as missing:
        return dict.fromkeys(library.checks, f"not run: {missing}")
    said = {}
    for name in library.checks:
        trouble = _trouble(library, name, interpreter, trusted)
        known = library.differs.get(name)
        if trouble is None:
            said[name] = "holds" if known is None else f"BROKEN: does no longer differ ({known})"
        else:
            said[name] = f"BROKEN: {trouble}" if known is None else f"differs: {known}"
        sys.stderr.write(f"{library.name} {library.version}, {name}: {said[name]}\n")
    return said


def _trouble(library: Library, name: str, interpreter: str, trusted: certificate.Certificate) -> str | None:
    # Ten calls at once are more than a bucket of four holds, and less than any client would spread out by itself.
    stage = checks.stage(burst=4 if name == "limits" else 50, batch=library.batch)
    portal = stage.portal
    with ExitStack() as stack:
        url = stack.enter_context(portal.serving(certificate=trusted.files))
        endpoints = {"url": url, "endpoint": urljoin(url, "/rest/"), "token_url": urljoin(url, "/oauth/token/")}
        environ = dict(trusted.trust)
        if name in library.tunnelled:
            environ["HTTPS_PROXY"] = stack.enter_context(tunnel.leading_to(urlsplit(url).port or 443))
        if name == "refresh":
            portal.expire_tokens()
        try:
            options = stage.options | endpoints
            done = run(library.program(), name, python=interpreter, environ=environ, patience=60, **options)
            checks.CHECKS[name](stage, done.result)
        except (Failed, checks.Untrue) as trouble:
            return str(trouble)
        if portal.strangers:
            return f"foreign hosts were asked for: {portal.strangers}"
    return None


if __name__ == "__main__":
    sys.exit(main())
