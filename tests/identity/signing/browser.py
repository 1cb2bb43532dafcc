"""A browser between the desk and the provider, the people who may sit before it, and what the desk says of them."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2

from app.demo.cast import CAST
from app.identity import oidc
from app.identity.sessions import COOKIE
from app.settings import Settings
from tests.audit.rows import acts
from tests.desk import NO_TLS, Client
from tests.identity.page import OWN, Page, cookie_of
from tests.identity.signing.openid import RealProvider

CALLBACK = "/web/logins/emmen/callback"
FENNA, ANS = CAST["fenna"].sub, CAST["ans"].sub
EMMEN = "gemeente-emmen"
PEOPLE: dict[str, dict[str, object]] = {
    FENNA: {"org": EMMEN, "roles": ["coordinator", "employee"], "name": "Fenna"},
    ANS: {"org": EMMEN, "roles": ["employee"], "name": "Ans"},
    "self-made": {"org": EMMEN, "roles": ["coordinator", "employee"], "name": "Iemand"},
    "reaches": {"org": "gemeente-assen", "roles": ["coordinator"], "name": "Te ver"},
    "climbs": {"org": EMMEN, "roles": ["functional_manager"], "name": "Te hoog"},
    "machine": {"org": EMMEN, "roles": ["intranet_form"], "name": "Formulier"},
}


@dataclass(slots=True)
class Browser:
    """Somebody's browser: what the desk and the provider gave it, and how it goes from one to the other."""

    client: Client
    provider: RealProvider
    session: str = ""
    attempt: str = field(default="", repr=False)
    seen: list[httpx2.Response] = field(default_factory=list, repr=False)
    abroad: httpx2.AsyncClient = field(
        default_factory=lambda: httpx2.AsyncClient(trust_env=False, verify=NO_TLS, timeout=60), repr=False
    )

    def cookies(self) -> dict[str, str]:
        kept = {COOKIE: self.session, oidc.COOKIE: self.attempt}
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in kept.items() if value)}

    async def begin(self, token: str = "", **asked: object) -> httpx2.Response:
        """Ask the desk where to go."""
        headers = {"Origin": OWN, "X-Session-Token": token} | self.cookies()
        answer = await self.client.http.post("/web/logins", json=asked, headers=headers)
        self.client.http.cookies.clear()
        self.seen.append(answer)
        if answer.status_code == 201:
            self.attempt, _ = cookie_of(answer, oidc.COOKIE)
        return answer

    async def visit(self, location: str) -> str:
        """Go to the provider, do what it asks, and give the address it sends back to."""
        while location.startswith(self.provider.url):
            answer = await self.abroad.get(location)
            assert answer.status_code in {302, 303}, answer.text
            location = str(httpx2.URL(location).join(answer.headers["location"]))
        return location

    async def back(self, location: str, **headers: str) -> httpx2.Response:
        """Come back to the desk, as a browser that was sent by another site: without the session's own cookie."""
        assert location.startswith(OWN)
        kept = {"Cookie": f"{oidc.COOKIE}={self.attempt}"} if self.attempt else {}
        sent = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"} | kept | headers
        answer = await self.client.http.get(location.removeprefix(OWN), headers=sent)
        self.client.http.cookies.clear()
        self.seen.append(answer)
        return answer

    async def sign_in(
        self, who: str = FENNA, token: str = "", *, known: bool = False, **asked: object
    ) -> httpx2.Response:
        """All of it; the desk's answer at the end. `known`: the provider knows her still."""
        self.provider.tell(who=who)
        if not known:
            self.abroad.cookies.clear()
        begun = await self.begin(token, **asked)
        assert begun.status_code == 201, begun.text
        return await self.arrive(await self.back(await self.visit(begun.json()["location"])))

    async def arrive(self, answer: httpx2.Response) -> httpx2.Response:
        """Keep the session that an answer gave."""
        if any(given.startswith(f"{COOKIE}=") for given in answer.headers.get_list("set-cookie")):
            self.session, _ = cookie_of(answer)
        return answer

    async def page(self) -> Page:
        """The page that this browser shows."""
        session = await self.client.http.get("/web/session", headers=self.cookies())
        return Page(self.client, self.session, session.json()["sessionToken"] or "")


async def reasons(settings: Settings) -> list[str]:
    """Why the desk let nobody in, as its log says."""
    return [str(row["reason_code"]) for row in await acts(settings) if row["outcome"] == "denied"]


async def assert_nobody(browser: Browser, answer: httpx2.Response, word: str) -> None:
    """The browser is sent to the login page with this word, and nobody is signed in."""
    assert (answer.status_code, answer.headers["location"]) == (303, f"/inloggen#{word}")
    given = answer.headers.get_list("set-cookie")
    assert [one.partition("=")[0] for one in given] == [oidc.COOKIE]
    assert cookie_of(answer, oidc.COOKIE)[0].strip('"') == ""


def changed(location: str, **members: str | None) -> str:
    """A way back with other members; None takes one out."""
    parts = urlsplit(location)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | members
    return (
        f"{OWN}{parts.path}?{urlencode({name: value for name, value in query.items() if value is not None})}"
    )
