"""Why a request failed, for the person who must mend it: the phase, the cause, and what to change.

An environment variable is named where it is to blame, never its value: a proxy's address can hold a password.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from typing import TypeVar

import attrs
import httpx

from ..errors import BitrixError, Phase, TransportError, UnexpectedResponse

_HANDSHAKE = {  # reasons of OpenSSL that waiting does not change
    "WRONG_VERSION_NUMBER": "it does not speak TLS: is it http://, or another port?",
    "UNSUPPORTED_PROTOCOL": "it only speaks a TLS version that is switched off here",
    "TLSV1_ALERT_PROTOCOL_VERSION": "it only speaks another TLS version",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "it shares no cipher with us, or wants a client certificate",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "it wants a client certificate",
}
_STATUS = re.compile(r"\b[1-5]\d\d\b")
E = TypeVar("E", bound=BaseException)
_OWN_CA = 'http=httpx.AsyncClient(verify=ssl.create_default_context(cafile="ca.pem"))'


@attrs.define
class Progress:
    """How far a request has come."""

    connecting_to: str | None = None
    """The host that it connects to: the portal's, or a proxy's."""
    is_connected: bool = False
    is_sent: bool = False

    @property
    def is_known(self) -> bool:
        """Whether anybody told."""
        return self.connecting_to is not None or self.is_connected


def too_late(progress: Progress, host: str, within: float, what: str) -> TransportError:
    """There was no answer within the time."""
    if progress.is_sent or not progress.is_known:
        return TransportError(f"{what}: no answer from {host} within {within:g} s")
    if progress.is_connected:
        why = f"the TLS handshake with {host} did not end within {within:g} s"
        return TransportError(f"{what}: {why}", sent=False, phase="tls")
    why = f"cannot connect to {_target(progress, host)} within {within:g} s: check the address and the network"
    return TransportError(f"{what}: {why}", sent=False, phase="connect")


def failed(
    error: Exception, progress: Progress, host: str, within: float, what: str, *, trusts_environment: bool
) -> BitrixError:
    """What httpx's *error* means; *trusts_environment*: whether the client reads proxies and CAs from it.

    A body that cannot be unpacked is no failure of the way: it came, as an `UnexpectedResponse`.
    """
    if isinstance(error, httpx.DecodingError):
        return UnexpectedResponse(f"{what}: expected an answer that can be unpacked, got a broken Content-Encoding")
    causes = list(_causes(error))
    is_by_proxy = isinstance(error, httpx.ProxyError) or _is_proxy(progress, host)
    if (untrusted := _first(causes, ssl.SSLCertVerificationError)) is not None:
        return _final(f"{what}: {_certificate(untrusted, host, trusts_environment)}", "tls", untrusted)
    if (broken := _first(causes, ssl.SSLError)) is not None and not progress.is_sent and broken.reason in _HANDSHAKE:
        return _final(f"{what}: no TLS with {host}: {_HANDSHAKE[broken.reason]}", "tls", broken)
    if isinstance(error, httpx.ProxyError):
        status = _STATUS.search(str(error))
        said = f"answered HTTP {status[0]}" if status else "refused"
        text = f"{what}: the proxy {said}{_blame_proxy(host, trusts_environment)}"
        is_final = status is None or status[0][0] != "5"
        return TransportError(text, sent=False, phase="proxy", is_final=is_final)
    if is_by_proxy and not progress.is_connected:
        return _final(f"{what}: cannot connect to the proxy{_blame_proxy(host, trusts_environment)}", "proxy")
    if (unknown := _first(causes, socket.gaierror)) is not None:
        failure = TransportError(
            f"{what}: nobody knows the name {host}: check the address and the network (DNS)",
            sent=False,
            phase="connect",
        )
        failure.is_final = unknown.errno != socket.EAI_AGAIN  # the name server itself cannot be asked right now
        failure.__cause__ = _bare(unknown)
        return failure
    return _broken(error, causes, progress, host, within, what)


def _broken(
    error: Exception, causes: Sequence[BaseException], progress: Progress, host: str, within: float, what: str
) -> TransportError:
    failure: TransportError
    if isinstance(error, httpx.PoolTimeout):
        why = f"no free connection to {host} within {within:g} s: its http client has too few, or they hang"
        failure = TransportError(f"{what}: {why}", sent=False, phase="pool")
    elif isinstance(error, httpx.ConnectTimeout):
        failure = too_late(progress, host, within, what)
        failure.sent, failure.phase = False, "tls" if progress.is_connected else "connect"
    elif isinstance(error, httpx.ConnectError | httpx.UnsupportedProtocol | httpx.InvalidURL):
        why = f"cannot connect to {_target(progress, host)}: check the address and the network"
        failure = TransportError(f"{what}: {why}", sent=False, phase="connect")
    elif isinstance(error, httpx.LocalProtocolError):  # its text can hold a header, and that a token
        why = "the http client cannot write the request: check what is set on it (headers, event hooks)"
        failure = _final(f"{what}: {why}", "set-up")
    elif isinstance(error, httpx.TooManyRedirects):
        failure = TransportError(f"{what}: {host} redirects without end: check the address", is_final=True)
    elif isinstance(error, httpx.TimeoutException):
        failure = TransportError(f"{what}: no answer from {host} in time")
    else:
        failure = TransportError(f"{what}: the connection to {host} broke ({type(error).__name__})")
        if progress.is_known and not progress.is_sent:
            failure.sent, failure.phase = False, "tls" if progress.is_connected else "connect"
    if (system := _first(causes, OSError)) is not None and not _is_proxy(progress, host):
        failure.__cause__ = _bare(system)
    return failure


def no_client(error: Exception, what: str) -> TransportError:
    """The environment says what no http client can be made of."""
    if isinstance(error, ImportError):
        hint = (
            f"the proxy that {_set('HTTPS_PROXY', 'ALL_PROXY', 'HTTP_PROXY')} names needs: pip install 'httpx[socks]'"
        )
        return _final(f"{what}: {hint}", "set-up")
    if isinstance(error, OSError):
        names = _set("SSL_CERT_FILE", "SSL_CERT_DIR")
        return _final(f"{what}: cannot read the certificates that {names} names", "set-up")
    names = _set("HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY", "NO_PROXY")
    return _final(f"{what}: httpx cannot read what {names} says", "set-up")


def _certificate(error: ssl.SSLCertVerificationError, host: str, trusts_environment: bool) -> str:
    why = (error.verify_message or "it could not be verified").rstrip(".")
    text = f"the certificate of {host} is not trusted ({why}): pass {_OWN_CA}, or name the file in SSL_CERT_FILE"
    named = [name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)]
    if trusts_environment and named:
        text += f"; now {named[0]} is set, and decides which certificates are trusted"
    return text


def _blame_proxy(host: str, trusts_environment: bool) -> str:
    plain = "HTTP_PROXY" if host.startswith(("localhost", "127.", "[::1]")) else "HTTPS_PROXY"
    names = [name for name in _spellings("HTTPS_PROXY", "ALL_PROXY", plain) if os.environ.get(name)]
    if trusts_environment and names:
        return f" that {names[0]} names: check it, or except {host} by NO_PROXY"
    return " of the http client: check its address"


def _set(*names: str) -> str:
    """Those of the variables that are set; all where none is."""
    return " or ".join([name for name in _spellings(*names) if os.environ.get(name)] or names)


def _spellings(*names: str) -> list[str]:
    return [spelling for name in names for spelling in (name.lower(), name)]


def _final(text: str, phase: Phase, cause: BaseException | None = None) -> TransportError:
    failure = TransportError(text, sent=False, phase=phase, is_final=True)
    failure.__cause__ = _bare(cause) if cause is not None else None
    return failure


def _is_proxy(progress: Progress, host: str) -> bool:
    target = httpx.URL(f"https://{host}").raw_host.decode("ascii")
    return progress.connecting_to is not None and progress.connecting_to.lower() != target.lower()


def _target(progress: Progress, host: str) -> str:
    return "the proxy" if _is_proxy(progress, host) else host


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    todo: list[BaseException | None] = [error]
    while todo:
        one = todo.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        todo += [one.__context__, one.__cause__, *getattr(one, "exceptions", ())]


def _first(causes: Sequence[BaseException], kind: type[E]) -> E | None:
    return next((cause for cause in causes if isinstance(cause, kind)), None)


def _bare(error: BaseException) -> BaseException:
    """The error alone: its frames and causes would lead to the request."""
    error.__traceback__ = error.__cause__ = error.__context__ = None
    return error
