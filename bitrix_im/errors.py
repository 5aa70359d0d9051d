"""Everything that can go wrong, and the one table from REST codes to classes.

::

    BitrixError
    ├── ApiError                    the portal answered with an error
    │   ├── QueryLimitExceeded      too many requests a second; not executed
    │   ├── OperationTimeLimit      the method ran too long in its window; not executed
    │   ├── OverloadLimit           blocked by hand: never retried
    │   ├── AuthError               the credentials are not (or no longer) good
    │   │   └── ExpiredToken        the OAuth access token ran out
    │   ├── AccessError             the credentials are good, the right is missing
    │   ├── InvalidParameter        the portal refused a parameter
    │   ├── MethodNotFound          no such REST method on this portal
    │   ├── DuplicateMessage        the same message is still being sent
    │   ├── BatchError              a command cannot run inside a batch
    │   ├── BotError                a bot is not there, not yours, or cannot do this
    │   ├── PortalGone              the portal is deleted, renamed or not paid for
    │   └── ServerError             the portal failed; whether it ran is unknown
    ├── TransportError              no answer: network, TLS, timeout
    ├── UnexpectedResponse          an answer, but not JSON or not of the documented shape
    ├── InvalidCursor               not a cursor of this walk
    ├── WalkStalled                 the portal keeps answering the same page
    └── WebhookForged               an event that is not signed with the bot's token

Long because the tree and the table are read together: a new code is a line of the table, a new class a few lines here.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, Self, TypeAlias


class BitrixError(Exception):
    """Base of every error of this library.

    Raised inside a walk it carries ``cursor``: pass it to ``Pager.resume`` to go on from the page that failed.
    Raised after retries, ``attempts`` and ``elapsed`` (seconds) tell how often and how long it was tried.
    """

    cursor: str | None = None
    outcomes: Mapping[str, Any] = MappingProxyType({})
    """Raised by `BitrixIM.batch`: what became of the calls of earlier chunks."""
    attempts: int = 1
    elapsed: float = 0.0

    def again(self) -> Self:
        """A copy to raise for another caller: each needs a traceback, attempts and a cursor of its own."""
        return copy.copy(self)

    def __str__(self) -> str:
        return super().__str__() + self._tries()

    def _tries(self) -> str:
        return f" (tried {self.attempts} times in {self.elapsed:.1f} s)" if self.attempts > 1 else ""


class ApiError(BitrixError):
    """The portal answered a call with an error code.

    ``status`` is the HTTP status of the answer. A command of a batch has none of its own: there it is the one with
    which the code comes otherwise, so that it is the same whichever way a call travelled.
    """

    usual_status: int = 400

    def __init__(
        self,
        code: str,
        description: str = "",
        status: int = 0,
        method: str = "",
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code, description, status, method)
        self.code = code
        self.description = description
        self.status = status
        self.method = method
        self.details: Mapping[str, Any] = MappingProxyType(dict(details or {}))
        """What else the body said (``argument``, …)."""

    def __str__(self) -> str:
        said = [self.code] if self.code else []
        if self.description and self.description != self.code:
            said.append(self.description)
        text = f"{self.method or 'the call'}: {': '.join(said) or 'an error without a code'}"
        if self.status:
            text += f" [HTTP {self.status}]"
        return text + self._tries()

    def __reduce__(self) -> tuple[Any, ...]:
        arguments = (self.code, self.description, self.status, self.method, dict(self.details))
        return type(self), arguments, {k: v for k, v in self.__dict__.items() if k != "details"}


class QueryLimitExceeded(ApiError):
    """``QUERY_LIMIT_EXCEEDED``, or HTTP 429 without a known code: more requests than the portal takes.

    The call was not executed. ``retry_after``: the seconds that the server asked to wait, where it did.
    """

    usual_status = 503
    retry_after: float | None = None


class OperationTimeLimit(ApiError):
    """``OPERATION_TIME_LIMIT``: the method used up its operating time. The call was not executed.

    ``reset_at`` (Unix seconds, the server's clock) is when the method may run again, where that is known.
    ``is_final``: that is later than ``Retry.max_elapsed`` allows to wait, so the call was not even sent.
    """

    usual_status = 429
    reset_at: float | None = None
    is_final: bool = False


class OverloadLimit(ApiError):
    """``OVERLOAD_LIMIT``: the portal was blocked by hand. Asking again makes it worse: contact Bitrix24 support."""

    usual_status = 503


class AuthError(ApiError):
    """The credentials are missing, wrong, or lack a scope."""

    usual_status = 401
    edition: int = 0
    """Which edition of the client's credentials was refused: a number that tells whether newer ones came meanwhile."""


class ExpiredToken(AuthError):
    """``expired_token`` or ``invalid_token``: the OAuth access token must be refreshed."""


class AccessError(ApiError):
    """The user or application may not do this: not a member of the dialog, no right, not allowed by the plan."""

    usual_status = 403


class InvalidParameter(ApiError):
    """The portal refused a parameter (``DIALOG_ID_EMPTY``, ``FIND_SHORT``, …). The same call fails again."""


class MethodNotFound(ApiError):
    """``ERROR_METHOD_NOT_FOUND``: this portal has no such REST method (older portals lack the newer ones)."""

    usual_status = 404


class DuplicateMessage(ApiError):
    """``MESSAGE_DUPLICATED_BY_UUID``: a message with this key is still being sent."""


class BatchError(ApiError):
    """A command was refused by ``batch`` itself."""


class BotError(ApiError):
    """``BOT_NOT_FOUND``, ``BOT_OWNERSHIP_ERROR`` and other codes that begin so: it fails again, also while polling.

    ``advice`` says what to do.
    """

    @property
    def advice(self) -> str:
        """What to do, where that is known; else empty."""
        return _BOT_ADVICE.get(self.code.lower(), "")

    def __str__(self) -> str:
        return f"{super().__str__()}. {self.advice}".removesuffix(". ")


class PortalGone(ApiError):
    """The portal was deleted, or moved to another address."""

    usual_status = 403


class ServerError(ApiError):
    """The portal failed (``INTERNAL_SERVER_ERROR``, HTTP 5xx without a known code). Whether it ran is unknown."""

    usual_status = 500


Phase: TypeAlias = Literal["set-up", "pool", "connect", "proxy", "tls", "answer", "refresh"]


class TransportError(BitrixError):
    """No answer arrived: the network, a proxy, TLS, a timeout.

    ``sent`` is False when the request certainly never reached the portal. ``phase`` is how far it came: ``"set-up"``
    (the http client could not be made, or could not write the request), ``"pool"`` (no free connection), ``"connect"``
    (the name or the address), ``"proxy"``, ``"tls"`` (certificates, handshake), ``"answer"`` (it was sent), or
    ``"refresh"`` (the tokens could not be refreshed, so the call itself was not made). ``is_final``: another try would
    fail the same way (a name that nobody knows, a certificate, a proxy), so none is made. ``__cause__`` is the
    operating system's own error, where there is one.
    """

    def __init__(self, message: str, *, sent: bool = True, phase: Phase = "answer", is_final: bool = False) -> None:
        super().__init__(message)
        self.sent = sent
        self.phase = phase
        self.is_final = is_final


class UnexpectedResponse(BitrixError):
    """The portal answered, but not JSON or not of the documented shape.

    ``path`` says where in the body (``$.messages[3].date``).
    """

    def __init__(self, message: str, *, path: str = "$", status: int = 200) -> None:
        super().__init__(message)
        self.path = path
        self.status = status


class InvalidCursor(BitrixError):
    """The cursor is damaged, or belongs to another method or other parameters."""


class WalkStalled(BitrixError):
    """The portal keeps answering the same page, so the walk cannot get further without losing items."""


class WebhookForged(BitrixError):
    """A request to a bot's webhook is not signed with its token: answer 403, and do nothing."""


_BOT_ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "bot_not_found": "It was deleted, or the id is another portal's: register it with bots.ensure",
        "bot_ownership_error": "It belongs to another token or application: use the token that it was registered with",
        "bot_code_already_taken": "Another token or application has a bot of this code: codes are unique in the whole "
        "portal. Choose another, or use the token that it was registered with",
        "bot_limit_exceeded": "An application may have 100 bots: unregister some",
        "bot_type_not_allowed": "Only bots of kind 'supervisor' or 'personal' may do this; a kind cannot be changed",
        "bot_token_not_specified": "A webhook must show the bot's token: pass token=BotToken(…)",
        "bot_token_invalid_length": "A token has at most 40 characters: make one with BotToken.generate()",
        "bot_token_rotation_failed": "The new token is another bot's, or the bot is an application's: choose another",
        "bot_webhook_url_required": "Webhook mode needs webhook_url=",
        "bot_invalid_callback": "webhook_url must be an address of https:// that the portal can reach",
    }
)

# REST codes are matched in lower case: portals spell them both ways (docs/portal.md#errors-with-200).
CODES: Mapping[str, type[ApiError]] = MappingProxyType(
    {
        "query_limit_exceeded": QueryLimitExceeded,
        "operation_time_limit": OperationTimeLimit,
        "overload_limit": OverloadLimit,
        "expired_token": ExpiredToken,
        "invalid_token": ExpiredToken,
        "no_auth_found": AuthError,
        "invalid_credentials": AuthError,
        "insufficient_scope": AuthError,
        "wrong_auth_type": AuthError,
        "authorization_error": AuthError,
        "error_oauth": AuthError,
        "application_not_found": AuthError,
        "wrong_client": AuthError,
        "invalid_client": AuthError,
        "invalid_grant": AuthError,
        "not_installed": AuthError,
        "access_denied": AccessError,
        "access_error": AccessError,
        "user_access_error": AccessError,
        "method_confirm_waiting": AccessError,
        "method_confirm_denied": AccessError,
        "payment_required": AccessError,
        "cant_edit_message": AccessError,
        "invalid_request": InvalidParameter,
        "error_core": InvalidParameter,
        "error_argument": InvalidParameter,
        "dialog_id_empty": InvalidParameter,
        "chat_id_empty": InvalidParameter,
        "user_id_empty": InvalidParameter,
        "file_id_empty": InvalidParameter,
        "id_empty": InvalidParameter,
        "title_empty": InvalidParameter,
        "message_empty": InvalidParameter,
        "message_id_error": InvalidParameter,
        "first_id_string": InvalidParameter,
        "last_id_string": InvalidParameter,
        "find_short": InvalidParameter,
        "invalid_format": InvalidParameter,
        "params_error": InvalidParameter,
        "avatar_error": InvalidParameter,
        "wrong_color": InvalidParameter,
        "status_error": InvalidParameter,
        "file_too_large": InvalidParameter,
        "last_id_and_last_type": InvalidParameter,
        "search_text_error": InvalidParameter,
        "answer_text_error": InvalidParameter,
        "notify_id_error": InvalidParameter,
        "notify_value_error": InvalidParameter,
        "without_changes": InvalidParameter,
        "error_method_not_found": MethodNotFound,
        "error_manifest_is_not_available": MethodNotFound,
        "message_duplicated_by_uuid": DuplicateMessage,
        "error_batch_method_not_allowed": BatchError,
        "error_batch_length_exceeded": BatchError,
        "client_id_not_specified": BotError,
        "scope_error": AuthError,
        "auth_error": AuthError,
        "message_access_denied": AccessError,
        "sending_failed": ServerError,
        "portal_deleted": PortalGone,
        "connection_error": ServerError,
        "internal_server_error": ServerError,
        "error_unexpected_answer": ServerError,
    }
)


def api_error(
    code: str,
    description: str = "",
    *,
    status: int = 0,
    method: str = "",
    details: Mapping[str, Any] | None = None,
) -> ApiError:
    """Build the error of the class that stands for *code*.

    A code that nobody knows leaves it to the HTTP status: 429 refuses for the rate, 5xx is a failure of the portal or
    of what stands before it, anything else a plain `ApiError`. A *status* of 0 is a command's of a batch.
    """
    kind = CODES.get(code.lower())
    if kind is None and code.lower().startswith("bot_"):
        kind = BotError
    if kind is None:
        kind = QueryLimitExceeded if status == 429 else ServerError if status >= 500 else ApiError
    return kind(code, description, status or _STATUSES.get(code.lower(), kind.usual_status), method, details)


# Codes that come with another status than the rest of their class (docs/portal.md#error-codes).
_STATUSES: Mapping[str, int] = MappingProxyType({"connection_error": 401})
