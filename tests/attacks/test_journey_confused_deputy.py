"""A browser that carries a session, lured by another site: the desk does nothing for it, and tells it nothing.

Seen in GHSA-8h2j-cgx8-6xv7 (CVE-2021-32677, FastAPI: JSON in a form as text/plain), joyent/conch-api#248 and
goblogplatform/goblog#571 (no look at the media type). A page on another port of this machine is another origin but the
same site: its browser sends even a strict cookie along.
"""

import http.server
import json
import threading
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from app.demo import login
from app.http.application import Desk as Application
from app.identity.sessions import COOKIE
from app.main import create_app
from app.settings import Settings
from tests.desk import REPORT, RIEC, Client, Server, client_for
from tests.docs.test_docs import doors
from tests.identity.page import OWN, signed_in
from tests.isolation.cells import BODIES
from tests.pages.conftest import Opener, browser, open_page
from tests.stored import Stored

__all__ = ["browser", "open_page"]
pytestmark = pytest.mark.anyio
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")
PLACES = (
    "/web/signals",
    "/web/logouts",
    "/web/demo-logins",
    "/web/logins",
    "/web/session-extensions",
    "/web/session-endings",
)


def lure(url: str) -> str:
    """A page that tries every way a page has to send something to another site, with the reader's cookies."""
    said = json.dumps(REPORT | {"text": "Dit schreef een andere site."})
    forms = "".join(
        f'<iframe name="f{number}"></iframe>'
        f'<form method="post" enctype="{media}" target="f{number}" action="{url}{place}">'
        f"<input name='{said[:-1]},\"externalReference\":\"' value='\"}}'></form>"
        for number, (place, media) in enumerate((place, media) for place in PLACES for media in FORMS)
    )
    reads = ("/web/session", "/web/sessions", "/web/queues", "/v1/queues", "/melden", "/static/base.css")
    return f"""<!doctype html><meta charset="utf-8"><title>bezig</title>{forms}
<iframe src="{url}/melden"></iframe><img src="{url}/web/session"><img src="{url}/web/logouts">
<script src="{url}/web/session"></script><link rel="stylesheet" href="{url}/web/session">
<script>
(async () => {{
  const got = [];
  for (const form of document.forms) form.submit();
  for (const path of {json.dumps(list(PLACES))})
    for (const options of [
      {{mode: "no-cors", body: {json.dumps(said)}}},
      {{mode: "no-cors", body: new Blob([{json.dumps(said)}], {{type: "text/plain"}})}},
      {{mode: "cors", body: {json.dumps(said)}, headers: {{"Content-Type": "application/json"}}}},
      {{mode: "cors", body: {json.dumps(said)}, headers: {{"Content-Type": "application/json", "X-Session-Token": "x"}}}},
    ])
      try {{ await fetch("{url}" + path, {{method: "POST", credentials: "include", ...options}}); }} catch {{ }}
  for (const path of {json.dumps(list(reads))})
    for (const mode of ["cors", "no-cors"])
      try {{
        const answer = await fetch("{url}" + path, {{mode, credentials: "include"}});
        got.push(await answer.text(), answer.status);
      }} catch {{ }}
  navigator.sendBeacon("{url}/web/signals", {json.dumps(said)});
  for (const frame of document.querySelectorAll("iframe"))
    try {{ got.push(frame.contentDocument?.body?.innerText ?? ""); }} catch {{ }}
  const opened = window.open("{url}/melden");
  try {{ got.push(opened?.document?.body?.innerText ?? ""); }} catch {{ }}
  document.body.dataset.got = JSON.stringify(got.filter(Boolean));
  document.title = "klaar";
}})();
</script>"""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A site of somebody else on this machine: `near` is the same site for a browser, `far` another."""

    port: int

    @property
    def near(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def far(self) -> str:
        return f"http://localhost:{self.port}/"


@pytest.fixture(scope="module")
def elsewhere(module_server: Server) -> Iterator[Elsewhere]:
    page = lure(module_server.url).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object, **__: object) -> None:
            """Quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield Elsewhere(running.server_address[1])
        running.shutdown()


@pytest.mark.parametrize("where", ["near", "far"])
async def test_a_page_of_another_site_does_nothing_with_a_readers_session(
    module_server: Server, stored: Stored, open_page: Opener, elsewhere: Elsewhere, where: str
) -> None:
    it = await open_page()
    await it.sign_in()
    await it.page.get_by_label("Wat hebt u gezien of gehoord?").wait_for()
    before = await stored.counts()
    lured = await it.context.new_page()
    await lured.goto(getattr(elsewhere, where))
    await lured.wait_for_function("document.title === 'klaar'")
    await lured.wait_for_load_state("networkidle")
    assert json.loads(await lured.evaluate("document.body.dataset.got")) == []
    assert await stored.counts() == before, "no report, no session begun or ended"
    texts = await stored.ask("select count(*) from access_entries where reason_code = 'other_origin'")
    assert texts != [(0,)], "what was tried is in the log"
    await it.go("/melden")
    await it.page.get_by_label("Wat hebt u gezien of gehoord?").wait_for()


@pytest.fixture(scope="module")
def desk_itself(module_settings: Settings) -> Application:
    return create_app(module_settings, cast=login.cards(), logins=[login.router])


@pytest.fixture(scope="module")
async def desk(module_settings: Settings, desk_itself: Application) -> AsyncIterator[Client]:
    async with client_for(desk_itself, module_settings) as client:
        yield client


def routes(desk: Application, side: str) -> list[tuple[str, str, object]]:
    """Method, path with ids in place, and a body of every guarded route on this side."""
    words = {"queueId": "rudd", "organisationId": "gemeente-emmen"}
    found: list[tuple[str, str, object]] = []
    for method, path, permission in sorted(doors(desk, side)):
        if permission.startswith(("receipt:", "webhook:")):
            continue
        plain = path.replace("/web/", "/v1/")
        body, _ = BODIES["POST", plain]({}) if method == "POST" else (None, {})
        filled = path.format_map(defaultdict(lambda: str(uuid.UUID(int=7, version=4)), words))
        found.append((method, filled, body))
    assert len(found) > 25
    return found


async def test_a_session_counts_on_no_route_of_the_interface(
    desk: Client, desk_itself: Application, stored: Stored
) -> None:
    page = await signed_in(desk, "fenna")
    before = await stored.counts()
    for method, path, body in routes(desk_itself, "/v1"):
        if method == "GET":
            answer = await page.get(path)
        else:
            answer = await page.post(path, body=body if isinstance(body, dict) else {})
        assert answer.status_code == 401, path
        assert answer.headers["www-authenticate"] == "Bearer"
    assert await stored.counts() == before


async def test_a_token_counts_on_no_route_of_the_pages(
    desk: Client, desk_itself: Application, stored: Stored
) -> None:
    """With our own origin too, and with a session's token that is nobody's."""
    before = await stored.counts()
    for method, path, body in routes(desk_itself, "/web"):
        headers = desk.as_("fenna").headers({"Origin": OWN, "X-Session-Token": "0" * 64})
        answer = await desk.http.request(method, path, json=body, headers=headers)
        assert answer.status_code == 401, path
    assert await stored.counts() == before


async def test_no_route_of_the_pages_takes_what_a_form_can_send(
    desk: Client, desk_itself: Application, stored: Stored
) -> None:
    """Origin, cookie and token all right: still a form's media types are no JSON."""
    page = await signed_in(desk, "fenna")
    right = {"Cookie": f"{COOKIE}={page.cookie}", "Origin": OWN, "X-Session-Token": page.token}
    before = await stored.counts()
    for method, path, body in routes(desk_itself, "/web"):
        if method != "POST" or path.endswith("/acknowledgements"):
            continue
        for media in (*FORMS, "", "application/jsonp", "text/json", "application/json, text/plain"):
            raw = json.dumps(body).encode()
            answer = await desk.http.post(path, content=raw, headers=right | {"Content-Type": media})
            assert answer.status_code in {403, 404, 415}, (path, media)
    assert await stored.counts() == before


async def test_no_route_of_the_pages_changes_anything_for_another_origin(
    desk: Client, desk_itself: Application, stored: Stored
) -> None:
    page = await signed_in(desk, "bouke")
    await desk.as_("ans").report()
    before = await stored.counts()
    for method, path, body in routes(desk_itself, "/web"):
        if method != "POST":
            continue
        for origin in ("http://kwaad.example", "null", f"{OWN}:1", f"{OWN}.kwaad.example", OWN.upper(), None):
            answer = await page.post(path, origin, body=body if isinstance(body, dict) else {})
            assert answer.status_code == 403, (path, origin)
        answer = await page.post(path, token="0" * 64, body=body if isinstance(body, dict) else {})
        assert answer.status_code == 403, path
    assert await stored.counts() == before
    assert (await page.post(RIEC.replace("/v1/", "/web/") + "/claims")).status_code == 201
