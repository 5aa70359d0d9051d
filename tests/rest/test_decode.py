"""Answers in: tables over the module that decodes them."""

import json
from datetime import UTC, datetime

import pytest

from bitrix_im import Call, errors
from bitrix_im.rest import decode


def answer(status=200, headers=None, **body):
    return decode.decode("im.x", status, headers or {}, json.dumps(body).encode())


def test_an_answer_is_decoded_with_its_paging_and_time():
    reply = answer(
        result=[1],
        total="2",
        next=50,
        time={
            "start": 1772089843,
            "finish": 1772089843.5,
            "duration": "0.5",
            "date_start": "2026-02-26T10:10:43+01:00",
        },
    )
    assert (reply.result, reply.total, reply.next) == ([1], 2, 50)
    assert reply.time.duration == 0.5
    assert reply.time.date_start == datetime(2026, 2, 26, 9, 10, 43, tzinfo=UTC)
    assert reply.time.operating is None


@pytest.mark.parametrize("time", [None, [], "now", {"start": True, "date_start": "yesterday", "duration": "?"}])
def test_a_broken_time_block_never_fails_a_good_answer(time):
    assert answer(result=1, time=time).result == 1


@pytest.mark.parametrize("status", [200, 400, 401, 503])
def test_the_error_field_decides_and_not_the_status(status):
    with pytest.raises(errors.QueryLimitExceeded) as caught:
        answer(status, error="query_LIMIT_exceeded", error_description="Too many requests")
    assert caught.value.status == status
    assert "Too many requests" in str(caught.value)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("OPERATION_TIME_LIMIT", errors.OperationTimeLimit),
        ("OVERLOAD_LIMIT", errors.OverloadLimit),
        ("expired_token", errors.ExpiredToken),
        ("invalid_token", errors.ExpiredToken),
        ("INVALID_CREDENTIALS", errors.AuthError),
        ("ACCESS_ERROR", errors.AccessError),
        ("DIALOG_ID_EMPTY", errors.InvalidParameter),
        ("ERROR_METHOD_NOT_FOUND", errors.MethodNotFound),
        ("PORTAL_DELETED", errors.PortalGone),
        ("CONNECTION_ERROR", errors.ServerError),
        ("SOMETHING_NEW", errors.ApiError),
    ],
)
def test_every_code_has_its_class(code, kind):
    with pytest.raises(errors.ApiError) as caught:
        answer(403, error=code, argument="X")
    assert type(caught.value) is kind
    assert caught.value.code == code
    assert caught.value.details == {"argument": "X"}


def test_an_empty_error_code_is_an_error_where_there_is_no_result():
    with pytest.raises(errors.ApiError):
        answer(error="", error_description="?")
    assert answer(error="", result=5).result == 5


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (502, b"<html>Bad gateway</html>", errors.ServerError, "HTML"),
        (500, b"", errors.ServerError, "empty"),
        (500, b"{}", errors.ServerError, "without a result"),
        (413, b"<html>", errors.ApiError, "HTML"),
        (200, b"", errors.UnexpectedResponse, "an empty body"),
        (200, b'{"result": [1, 2', errors.UnexpectedResponse, "broken JSON"),
        (200, b"<html>maintenance</html>", errors.UnexpectedResponse, "HTML"),
        (200, b"[1]", errors.UnexpectedResponse, "a list"),
        (200, b'{"ok": 1}', errors.UnexpectedResponse, "'result'"),
    ],
)
def test_what_is_no_answer_is_told_apart(status, body, kind, said):
    with pytest.raises(kind, match=said):
        decode.decode("im.x", status, {}, body)


def test_a_renamed_portal_is_named_by_its_host_alone():
    with pytest.raises(errors.PortalGone) as caught:
        decode.decode("im.x", 302, {"location": "https://new.bitrix24.com/rest/1/s3cr3t/im.x"}, b"<html>")
    assert "new.bitrix24.com" in str(caught.value)
    assert "s3cr3t" not in repr(caught.value) + str(caught.value)


def test_a_call_does_not_print_its_parameters():
    assert "secret" not in repr(Call("im.x", {"TOKEN": "secret"}))
