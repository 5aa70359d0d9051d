"""What is checked of every request and answer: limits, credentials, who was told what."""

import json
import re
from collections import Counter
from math import floor
from zlib import crc32

import anyio

_TIME = re.compile(rb'"operating_reset_at":(\d+),"operating":([\d.]+)')
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SLACK = 1e-6


class Bucket:
    """The server's leaky bucket as its clients should know it: every request of theirs counts, no one else's."""

    def __init__(self, rate, burst):
        self._rate, self._burst = rate, burst
        self._level, self._second = 0.0, 0

    def arrive(self, now):
        """Count a request; whether there is room for it."""
        second = floor(now)
        self._level = max(0.0, self._level - (second - self._second) * self._rate) + 1
        self._second = second
        return self._level <= self._burst + _SLACK


class Watch:
    """Sees each request of each client leave, by httpx's event hooks, and checks it."""

    def __init__(self, sim):
        self._sim = sim
        self._portal = sim.stage.portal
        self._buckets = {}
        self._told = {}
        """The last answer's (operating, operating_reset_at), by client and method."""
        self._open = []
        self._logged = 0
        self.requests = {}
        """Requests to the portal, by client and which of its processes."""
        self.token_requests = 0
        self.refused = 0
        """Refusals for the rate that the plan of faults did not make: after foreign traffic."""
        self.fills = 0
        self.late = 0
        """Refusals for operating time that the plan did not make: an answer that told of it was lost."""

    def forget(self, name):
        """A new process takes the place of the client: it knows nothing of what was before."""
        self._buckets.pop(self._address(name), None)
        self._told = {key: told for key, told in self._told.items() if key[0] != name}

    def _address(self, name):
        return "one" if self._sim.stage.shared_address else name

    def hooks(self, name, key, store=None):
        """Event hooks for the httpx client of a simulated client, the *key*-th of its name."""

        async def request_leaves(request):
            if "/oauth/" in request.url.path:
                self._check_refresh(request, store)
            else:
                self._check_request(name, request, store)
                self.requests[key] = self.requests.get(key, 0) + 1

        async def response_comes(response):
            if "/oauth/" not in response.request.url.path:
                await response.aread()
                self._learn(name, response)
            elif self._sim.slow_auth:
                await anyio.sleep(0.5)

        return {"request": [request_leaves], "response": [response_comes]}

    def _check_request(self, name, request, store):
        self.settle()
        now = self._portal.clock.elapsed()
        address = self._address(name)
        bucket = self._buckets.setdefault(address, Bucket(2.0, 50))
        if not bucket.arrive(now):
            self._sim.fail("no request above the limits", f"{name} sent more than the bucket of {address} holds")
        if request.method != "POST" or request.url.query:
            self._sim.fail("requests are POST, without a query", f"{request.method} with {request.url.query!r}")
        if store is not None:
            token = request.headers["authorization"].removeprefix("Bearer ")
            if token not in store.known:
                self._sim.fail("tokens are saved before they are used", f"{name} used a token that no store holds")
        for method in _methods(request):
            self._check_operating(name, method, _budget(name, request))

    def _check_operating(self, name, method, budget):
        spent, reset_at = self._told.get((name, method, budget), (0.0, 0))
        now = self._portal.clock.now()
        if spent < self._sim.stage.operating or now >= reset_at:
            return
        if now < reset_at - 1:  # the told second is rounded up: whoever knows its fraction may go
            text = f"{name} called {method}, told of {spent} s until {reset_at - now:.1f} s from now"
            self._sim.fail("no request above the limits", text)

    def _check_refresh(self, request, store):
        self.token_requests += 1
        self._sim.trace.add("tokens", "a refresh is asked for")
        form = dict(pair.split("=", 1) for pair in request.content.decode().split("&"))
        if request.method != "POST" or request.url.query:
            self._sim.fail("nothing leaked", "a refresh is asked for in a URL")
        # Where the newest pair is refused, because the answer with its successor was lost, the others are tried, too.
        is_newest = store is not None and form.get("refresh_token") == store.tokens.refresh_token
        if not is_newest and not self._sim.application.lost:
            self._sim.fail("the newest refresh token is used", "a refresh was asked for with a spent token")

    def _learn(self, name, response):
        """What an answer that the client got has told it of operating time."""
        if response.status_code != 200:
            return
        method = _method(response.request)
        told = {}
        if method == "batch":
            told = _told_by_batch(response)
        elif found := _TIME.search(response.content[-400:]):
            told = {method: (float(found[2]), int(found[1]))}
        for inner, values in told.items():
            self._told[name, inner, _budget(name, response.request)] = values

    def settle(self):
        """Look at what became of earlier requests."""
        log = self._portal.log
        self._open += log[self._logged :]
        self._logged = len(log)
        still = []
        now = self._portal.clock.elapsed()
        for exchange in self._open:
            if not exchange.status and now - exchange.at < 200:
                still.append(exchange)
                continue
            what = _brief(exchange)
            came = f"{exchange.status} {exchange.error or ''}{'*' if exchange.executed else ''}"
            self._sim.trace.add("portal", f"{exchange.at:.3f} {exchange.source} {what} {exchange.fault} -> {came}")
            if exchange.error == "QUERY_LIMIT_EXCEEDED" and exchange.fault is None:
                self.refused += 1
                if not self.fills:
                    self._sim.fail("no request above the limits", "the portal refused one, and nobody else was there")
            if exchange.error == "OPERATION_TIME_LIMIT" and exchange.fault is None:
                self.late += 1
        self._open = still

    def troubles(self, since):
        """How many requests from the *since*-th on failed, or have not been answered."""
        return sum(
            exchange.fault is not None or exchange.error is not None or exchange.status != 200
            for exchange in self._portal.log[since:]
        )


def _brief(exchange):
    """A request in a few words, and a checksum of the rest; keys of messages are drawn anew in every run."""
    names = Counter(exchange.commands or [exchange.method])
    said = _UUID.sub("", repr([(name, value) for name, value in exchange.params.items() if name != "TEMPLATE_ID"]))
    calls = ", ".join(name if count == 1 else f"{count} {name}" for name, count in names.items())
    return f"{calls} #{crc32(said.encode()):08x}"


def _budget(name, request):
    """With a webhook, what is called in batches is counted apart from what is called directly."""
    return not name.startswith("oauth") and _method(request) == "batch"


def _method(request):
    return request.url.path.rpartition("/")[2]


def _methods(request):
    method = _method(request)
    if method != "batch":
        return [method]
    return [command.partition("?")[0] for command in json.loads(request.content)["cmd"].values()]


def _told_by_batch(response):
    content = response.content
    try:
        # result_time comes last of the batch's maps; the pages before it need no second parsing
        times = json.loads(b'{"result":{' + content[content.rindex(b'"result_time":') :])["result"]["result_time"]
    except ValueError:
        return {}
    commands = json.loads(response.request.content)["cmd"]
    told = {}
    for key, block in times.items() if isinstance(times, dict) else ():
        told[commands[key].partition("?")[0]] = (float(block["operating"]), block["operating_reset_at"])
    return told
