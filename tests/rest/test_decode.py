"""Answers in: tables over the module that decodes them."""

import json
from datetime import UTC, datetime

import httpx
import pytest

from bitrix_im import BitrixIM, Call, Reply, errors
from bitrix_im.rest import batch, decode


def read(status, headers, content, host="acme.bitrix24.com"):
    """What a caller gets to see of an answer."""
    outcome = decode.decode("im.x", status, headers, content, host)
    if isinstance(outcome, errors.BitrixError):
        raise outcome
    return outcome


def answer(status=200, headers=None, **body):
    return read(status, headers or {}, json.dumps(body).encode())


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
        ("NOTIFY_ID_ERROR", errors.InvalidParameter),
        ("ERROR_METHOD_NOT_FOUND", errors.MethodNotFound),
        ("PORTAL_DELETED", errors.PortalGone),
        ("CONNECTION_ERROR", errors.ServerError),
        ("BOT_NOT_FOUND", errors.BotError),
        ("BOT_something_new", errors.BotError),
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
        (404, b'{"message": "no Route matched"}', errors.ApiError, "without a result, but with 'message'"),
        (403, b"[1]", errors.ApiError, "a list"),
        (400, b"null", errors.ApiError, "null"),
        (200, b"", errors.UnexpectedResponse, "an empty body"),
        (200, b'{"result": [1, 2', errors.UnexpectedResponse, "broken JSON"),
        (200, b"<html>maintenance</html>", errors.UnexpectedResponse, "HTML"),
        (200, b"[1]", errors.UnexpectedResponse, "a list"),
        (200, b'{"ok": 1}', errors.UnexpectedResponse, "'result'"),
    ],
)
def test_what_is_no_answer_is_told_apart(status, body, kind, said):
    with pytest.raises(kind, match=said):
        read(status, {}, body)


def test_a_renamed_portal_is_named_by_its_host_alone():
    with pytest.raises(errors.PortalGone) as caught:
        read(302, {"location": "https://new.bitrix24.com/rest/1/s3cr3t/im.x"}, b"<html>")
    assert "new.bitrix24.com" in str(caught.value)
    assert "s3cr3t" not in repr(caught.value) + str(caught.value)


def test_a_call_does_not_print_its_parameters():
    assert "secret" not in repr(Call("im.x", {"TOKEN": "secret"}))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"{}",
        b'{"error":"SLOW_DOWN"}',
        b'{"error":{"code":"X","message":"y"}}',
        b'["Too Many"]',
        b'"slow down"',
        b"null",
        b"5",
        b'{"message":"slow down"}',
        b'{"result":[]}',
        b'{"result":1,"error":""}',
    ],
)
@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, errors.QueryLimitExceeded), (500, errors.ServerError), (503, errors.ServerError), (599, errors.ServerError)],
)
def test_where_no_code_is_known_the_status_decides(status, kind, body):
    with pytest.raises(errors.ApiError) as caught:
        read(status, {}, body)
    assert type(caught.value) is kind
    assert caught.value.status == status


@pytest.mark.parametrize("status", [200, 201, 400, 404])
def test_a_result_without_an_error_is_an_answer_unless_the_status_is_a_failure_of_the_server(status):
    assert answer(status, result=5).result == 5


@pytest.mark.parametrize("body", [b'{"message": "no Route matched"}', b'["no"]', b"<html>"])
async def test_a_refusal_without_a_code_is_asked_for_once(body):
    requests = []

    def front_end(request):
        requests.append(request)
        return httpx.Response(404, content=body)

    http = httpx.AsyncClient(transport=httpx.MockTransport(front_end))
    async with http, BitrixIM("https://acme.bitrix24.com/rest/1/abcdefgh12345678/", http=http) as im:
        with pytest.raises(errors.ApiError) as caught:
            await im.call("im.user.get")
    assert (type(caught.value), caught.value.status, len(requests)) == (errors.ApiError, 404, 1)


@pytest.mark.parametrize("body", [b'["Too Many"]', b'{"result":[]}', b'"slow down"'])
def test_a_front_end_that_asks_for_a_wait_is_heard_whatever_it_says_besides(body):
    with pytest.raises(errors.QueryLimitExceeded) as caught:
        read(429, {"retry-after": "7"}, body)
    assert caught.value.retry_after == 7


@pytest.mark.parametrize("status", [200, 302, 400, 429, 500, 502])
def test_a_known_code_decides_before_the_status(status):
    with pytest.raises(errors.AccessError):
        answer(status, error="ACCESS_ERROR")


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("0.5", 0.5),
        ("soon", None),
        ("", None),
        ("nan", None),
        ("Fri, 31 Dec 1999 23:59:59 GMT", None),
    ],
)
def test_the_wait_that_a_front_end_asks_for_is_kept(told, seconds):
    with pytest.raises(errors.QueryLimitExceeded) as caught:
        read(429, {"retry-after": told}, b"")
    assert caught.value.retry_after == seconds


def test_an_error_of_the_shape_of_rest_3_is_read():
    with pytest.raises(errors.AccessError, match="im.x: ACCESS_DENIED: No .HTTP 403.") as caught:
        answer(403, error={"code": "ACCESS_DENIED", "message": "No", "validation": [1]})
    assert caught.value.details == {"validation": [1]}


NOTICE = b"<br />\n<b>Deprecated</b>:  strlen(): Passing null in <b>/home/x.php</b> on line <b>3</b><br />\n"
PLAIN = b"\nWarning: Undefined variable $x in /home/bitrix/www/x.php on line 12\n"
GOOD = b'{"result":{"result":5},"time":{"start":1}}'


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf" + GOOD,
        b"\xef\xbb\xbf" * 2 + b"\n" + GOOD,
        b"\n\t" + GOOD + b"\n",
        NOTICE + GOOD,
        b"\xef\xbb\xbf" + NOTICE * 3 + GOOD + NOTICE,
        PLAIN + GOOD,
        PLAIN + GOOD + PLAIN,
        GOOD + b"\n<!-- 0.12 s -->",
        NOTICE + b'{ "result" : {"result": 5}}',
        NOTICE + b'{"time":{"start":1},"total":1,"result":{"result":5}}',
        b"<b>Notice</b>: bad byte \xff in <b>x</b> on line <b>1</b><br />" + GOOD,
    ],
)
def test_what_is_printed_around_an_answer_does_no_harm(body):
    assert read(200, {}, body).result == {"result": 5}


def test_an_error_behind_a_notice_is_that_error():
    with pytest.raises(errors.ExpiredToken):
        read(401, {}, NOTICE + b'{"error":"expired_token"}')


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (NOTICE + b'{"result":5', "a PHP Deprecated in the answer [(]switch display_errors off"),
        (PLAIN, "a PHP Warning in the answer"),
        (NOTICE + GOOD + GOOD, "a PHP Deprecated"),
        (NOTICE + GOOD + b"<br>" + GOOD, "a PHP Deprecated"),
        (b"callback(" + GOOD + b")", "broken JSON"),
        (b"the answer is " + GOOD, "broken JSON"),
        (GOOD + b"tail", "broken JSON"),
        (b'<script>x = {"other": 1}</script>', "HTML"),
        (b'<script>{"status": "down", "time": 1}</script>', "HTML"),
        (b"<p>" + b'{"result":' * 100_000, "HTML"),
    ],
)
def test_what_is_not_certainly_the_answer_is_not_taken_for_it(body, said):
    with pytest.raises(errors.UnexpectedResponse, match=said):
        read(200, {}, body)


@pytest.mark.parametrize(
    ("location", "kind", "said"),
    [
        ("https://acme.bitrix24.com/auth/?backurl=%2Frest", errors.ApiError, "redirected to /auth/"),
        ("/auth/", errors.ApiError, "redirected to /auth/"),
        ("login", errors.ApiError, "redirected to login"),
        ("//ACME.bitrix24.com:8443/auth", errors.ApiError, "redirected to /auth"),
        ("https://acme.bitrix24.com/rest/1/s3cr3t/im.x/", errors.ApiError, "another REST address of its own"),
        ("", errors.ApiError, "without saying where to"),
        ("https://new.bitrix24.com/rest/1/s3cr3t/im.x", errors.PortalGone, "moved to new.bitrix24.com"),
        ("//new.bitrix24.com/rest/1/s3cr3t/im.x", errors.PortalGone, "moved to new.bitrix24.com"),
        ("https://sso.corp.example/login", errors.ApiError, "redirected to sso.corp.example, which is no REST address"),
        ("https://sso.corp.example/?to=/rest/1/s3cr3t/", errors.ApiError, "redirected to sso.corp.example"),
    ],
)
@pytest.mark.parametrize("host", ["acme.bitrix24.com", "acme.bitrix24.com:8443"])
def test_only_a_rest_address_of_another_host_is_a_move(location, kind, said, host):
    with pytest.raises(errors.ApiError, match=said) as caught:
        read(302, {"location": location}, b"<html>", host)
    assert type(caught.value) is kind
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ACCESS_ERROR", 403),
        ("DIALOG_ID_EMPTY", 400),
        ("ERROR_METHOD_NOT_FOUND", 404),
        ("OPERATION_TIME_LIMIT", 429),
        ("QUERY_LIMIT_EXCEEDED", 503),
        ("INTERNAL_SERVER_ERROR", 500),
        ("CONNECTION_ERROR", 401),
        ("expired_token", 401),
        ("SOMETHING_NEW", 400),
    ],
)
def test_a_command_of_a_batch_has_the_status_that_it_has_alone(code, status):
    call = Call("im.x")
    reply = Reply({"result": [], "result_error": {"u0c0": {"error": code, "error_description": "?"}}})
    ((outcome,),) = batch.unpack(reply, [[call]])
    with pytest.raises(errors.ApiError) as caught:
        answer(status, error=code, error_description="?")
    assert (type(outcome), outcome.status, str(outcome)) == (type(caught.value), status, str(caught.value))
