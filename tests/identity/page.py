"""A signed-in page as a browser would speak for it, and sessions that began some time ago."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import httpx2

from app.clock import now
from app.database import Login
from app.demo.cast import CAST
from app.http.application import Desk as Application
from app.identity.actor import Actor, Kind, Role
from app.identity.sessions import COOKIE, Sessions
from app.vault.ring import Vault
from tests.database import look
from tests.desk import Client

OWN = "http://127.0.0.1"
ITS_OWN = "the session's own"


@dataclass(frozen=True, slots=True)
class Page:
    """A signed-in page: its cookie and the token it was given."""

    client: Client
    cookie: str = field(repr=False)
    token: str = field(repr=False)

    async def post(
        self,
        path: str,
        origin: str | None = OWN,
        token: str | None = ITS_OWN,
        body: Mapping[str, object] | None = None,
        more: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """Send as a browser would from `origin`; the session's own token unless another, or None, is given."""
        token = self.token if token == ITS_OWN else token
        shown = {"Cookie": f"{COOKIE}={self.cookie}", "Origin": origin, "X-Session-Token": token}
        headers = {name: value for name, value in shown.items() if value is not None} | dict(more or {})
        return await self.client.http.post(path, json=body or {}, headers=headers)

    async def get(self, path: str, more: Mapping[str, str] | None = None) -> httpx2.Response:
        """Ask as this page."""
        headers = {"Cookie": f"{COOKIE}={self.cookie}"} | dict(more or {})
        return await self.client.http.get(path, headers=headers)


def cookie_of(answer: httpx2.Response, name: str = COOKIE) -> tuple[str, set[str]]:
    """The value of a cookie that an answer sets, and its attributes."""
    for given in answer.headers.get_list("set-cookie"):
        pair, *attributes = [part.strip() for part in given.split(";")]
        if pair.partition("=")[0] == name:
            return pair.partition("=")[2], set(attributes)
    raise AssertionError(f"no cookie {name}")


async def signed_in(client: Client, name: str, origin: str = OWN, cookie: str = "") -> Page:
    """The page of one of the cast, in a browser that holds the session `cookie` already."""
    sent = {"Origin": origin} | ({"Cookie": f"{COOKIE}={cookie}"} if cookie else {})
    begun = await client.http.post("/web/demo-logins", json={"name": name}, headers=sent)
    assert begun.status_code == 201, begun.text
    client.http.cookies.clear()
    return Page(client, cookie_of(begun)[0], begun.json()["sessionToken"])


async def signed_in_before(client: Client, application: Application, name: str, ago: timedelta) -> Page:
    """The page of one of the cast, who signed in some time ago and did nothing since."""
    member = CAST[name]
    actor = Actor(Kind.PERSON, member.organisation, member.roles, member.sub)
    vault = application.state.vault
    assert isinstance(vault, Vault)
    async with look.pool(client.settings, Login.APP) as engine:
        sessions = Sessions(lambda: engine, lambda: vault.ring.authority, lambda: now() - ago)
        unnamed = member.roles == {Role.EMPLOYEE}
        cookie, begun = await sessions.start(actor, member.display, unnamed=unnamed)
    return Page(client, cookie, begun.token)
