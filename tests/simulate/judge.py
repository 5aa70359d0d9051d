"""Which errors a caller may see: those that the plan of faults justifies, after as many attempts as were asked for."""

import anyio

from bitrix_im import (
    AccessError,
    AuthError,
    DuplicateMessage,
    ExpiredToken,
    OperationTimeLimit,
    OverloadLimit,
    PortalGone,
    QueryLimitExceeded,
    ServerError,
    TransportError,
    UnexpectedResponse,
)

from .stage import BLOCKED_FOR

_AMBIGUOUS = (ServerError, TransportError, UnexpectedResponse, DuplicateMessage)
_CODES = {"internal_server_error", "error_unexpected_answer", "connection_error", "query_limit_exceeded",
          "operation_time_limit", "expired_token"}  # fmt: skip


def judge(user, error, *, started, since, refreshes, repeatable, dialog):
    """Check an error that a step of *user* raised; *since* and *refreshes* count what was asked before it *started*."""
    sim = user.sim
    sim.hunter.hunt_error(error)
    troubles = sim.watch.troubles(since) + sim.watch.token_requests - refreshes
    match error:
        case OperationTimeLimit(status=0):
            _check_told(user, error, started, troubles)
        case ExpiredToken():
            # a webhook has nothing to refresh; an application's second one in a row is raised
            if not troubles:
                sim.fail("errors have their reasons", f"{user.name}: {error} without one")
        case AuthError():
            if not user.client.startswith("oauth") or (
                error.code.lower() not in _CODES and not sim.application.was_lost(started)
            ):
                sim.fail("errors have their reasons", f"{user.name}: {error} with a good grant")
        case AccessError():
            _check_access(user, error, dialog)
        case OverloadLimit() | PortalGone():
            if sim.stage.blocked_at + BLOCKED_FOR < started:
                sim.fail("errors have their reasons", f"{user.name}: {error}, and nobody was told that lately")
        case QueryLimitExceeded() | OperationTimeLimit():
            _check_tries(user, error, troubles)
        case TransportError(sent=False):
            _check_tries(user, error, troubles)
        case _ if isinstance(error, _AMBIGUOUS):
            if repeatable:
                _check_tries(user, error, troubles)
            elif not troubles:
                sim.fail("errors have their reasons", f"{user.name}: {error} without one")
        case _:
            sim.fail("errors have their reasons", f"{user.name}: {error!r} is not one that can happen here")


def judge_command(user, error, dialog):
    """Check the error of one command of a batch that the user made."""
    user.sim.hunter.hunt_error(error)
    if isinstance(error, AccessError):
        _check_access(user, error, dialog)
    elif not isinstance(error, OperationTimeLimit | ServerError | OverloadLimit | PortalGone):
        user.sim.fail("errors have their reasons", f"{user.name}: {error!r} is not one of a command here")


def _check_access(user, error, dialog):
    if dialog is None or user.sim.portal.user_id in user.sim.portal.world.chat(dialog).members:
        user.sim.fail("errors have their reasons", f"{user.name}: {error}, but the user is in {dialog}")


def _check_told(user, error, started, troubles):
    """Raised instead of waiting: only where the wait would have been longer than the caller allows."""
    if error.reset_at is None:
        return  # refused by the plan of faults, before the server ever told
    wait = error.reset_at - user.sim.portal.clock.now()
    if wait < 0 and troubles:
        return  # the call that was to find out how much came back has no answer yet
    if wait + anyio.current_time() - started < user.retry.max_elapsed - 2:
        user.sim.fail("no giving up too early", f"{user.name}: {error}, which ends in {wait:.1f} s")


def _check_tries(user, error, troubles):
    if troubles < error.attempts:
        text = f"{user.name}: {error} after {error.attempts} attempts, but only {troubles} requests went wrong"
        user.sim.fail("errors have their reasons", text)
    retry = user.retry
    if error.attempts < retry.attempts and error.elapsed < retry.max_elapsed - retry.max_delay:
        text = f"{user.name}: {error} after {error.attempts} of {retry.attempts} attempts in {error.elapsed:.1f} s"
        user.sim.fail("no giving up too early", text)
