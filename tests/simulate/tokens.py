"""OAuth in the simulation: a store that takes its time, another process on the same store, a new installation."""

from itertools import pairwise

import anyio

from bitrix_im import OAuth, Tokens
from bitrix_im.testing import Fault

CLIENT_ID = "local.simulation"
CLIENT_SECRET = "c11e47" * 7


class Store:
    """Where several processes keep their tokens."""

    def __init__(self, tokens):
        self.tokens = tokens
        self.known = {tokens.access_token}
        self.saved = 0
        self._lock = anyio.Lock()

    def lock(self):
        return self._lock

    async def load(self):
        await anyio.sleep(0.02)
        return self.tokens

    async def save(self, tokens):
        await anyio.sleep(0.1)
        self.saved += 1
        self.put(tokens)

    def put(self, tokens):
        self.tokens = tokens
        self.known.add(tokens.access_token)


class Application:
    """The OAuth application of a simulation, as its portal knows it."""

    def __init__(self, sim):
        self._sim = sim
        self._portal = portal = sim.stage.portal
        sim.hunter.protect(CLIENT_SECRET)
        issue = portal.oauth.issue

        def issue_noted(*arguments, **options):
            pair = issue(*arguments, **options)
            sim.hunter.protect(pair["access_token"], pair["refresh_token"])
            self._issued_at.append(portal.clock.elapsed())
            return pair

        self._issued_at = []
        strike = portal.faults.strike

        def strike_noted(number, methods):
            struck = strike(number, methods)
            if struck is not None and methods == ["oauth.token"]:
                self._spoiled += struck.fault.executes
            return struck

        portal.faults.strike = strike_noted
        portal.oauth.issue = issue_noted
        portal.oauth_app(CLIENT_ID, CLIENT_SECRET)
        self.store = Store(self._pair())
        self._others = 0
        self._given_up = 0
        self._spoiled = 0
        self._expired = 0
        self._reinstalled = -1.0

    def auth(self):
        """What the client is given."""
        portal = self._portal
        return OAuth(portal.oauth.client_endpoint, self.store.tokens, CLIENT_ID, CLIENT_SECRET, store=self.store)

    def _pair(self):
        return _tokens(self._portal.issue_tokens())

    def expire(self):
        """An administrator logs everybody out."""
        self._portal.expire_tokens()
        self._expired += 1
        self._sim.trace.add("tokens", "all expired")

    def refresh_elsewhere(self):
        """Another process on the same store refreshes."""
        form = {
            "grant_type": "refresh_token",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "refresh_token": self.store.tokens.refresh_token,
        }
        if self.lost:
            return
        self.store.put(_tokens(self._portal.oauth.grant(form)))
        self._others += 1
        self._sim.trace.add("tokens", "another process refreshed")

    @property
    def lost(self):
        """Pairs that no store ever saw: the auth server's answer was lost, and the grant with it."""
        return self._portal.refreshes - self.store.saved - self._others - self._given_up

    def was_lost(self, since):
        """Whether the grant was lost at some time from *since* (the loop's clock) on."""
        return self.lost > 0 or self._reinstalled >= since

    def reinstall(self):
        """The administrator installs the application again, so there is a good pair in the store."""
        self._given_up += self.lost
        if self._given_up > self._spoiled:
            detail = f"{self._given_up} pairs were lost, but only {self._spoiled} answers of the auth server"
            self._sim.fail("tokens are saved before they are used", detail)
        self.store.put(self._pair())
        self._reinstalled = anyio.current_time()
        self._sim.trace.add("tokens", "installed again")

    def check(self):
        """No refresh without need: every one of ours follows an expired token."""
        portal = self._portal
        faults = sum(fault is Fault.EXPIRED_TOKEN for fault in portal.faults.struck)
        aged = sum(later - earlier >= 3600 for earlier, later in pairwise(self._issued_at))
        if self.store.saved > faults + aged + self._expired:
            detail = f"{self.store.saved} refreshes for {faults + aged + self._expired} expired tokens"
            self._sim.fail("one refresh for each expired token", detail)


def _tokens(pair):
    return Tokens(pair["access_token"], pair["refresh_token"], None, pair["client_endpoint"], pair["member_id"])
