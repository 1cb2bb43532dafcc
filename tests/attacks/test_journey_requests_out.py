"""Addresses that others write: the desk asks none of them for anything, and asks its issuers at no other than was set.

Seen in OneUptime/oneuptime#2578 (GHSA-9g3w-r349-3vvw) and documenso/documenso#2901 (addresses in addresses), Skyvern
#5920 (brackets), ohdearquant/lionagi#1125 and NeySlim/ultimate-ca-manager#182 (nowhere at all, decimals, redirects).
"""

import base64
import contextlib
import json
import secrets
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pytest

from app.errors import StartRefused
from app.identity import issuers
from app.identity.exchange import SignInFailed, id_token
from app.identity.trust import LoginClient, is_safe
from app.settings import Settings
from tests.attacks.town import BREAK_GLASS
from tests.desk import TRIAGE_EMMEN, Client, Server
from tests.identity.forge import b64, dump, header
from tests.intake.deliveries import data, event, signed

pytestmark = pytest.mark.anyio
PROXY_HEADERS = (
    "Referer",
    "Origin",
    "X-Forwarded-Host",
    "X-Original-URL",
    "X-Rewrite-URL",
    "Forwarded",
    "Via",
)
SECRET = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


@dataclass
class Listener:
    """Whoever comes to these addresses is counted and gets a redirect to a neighbour."""

    came: list[bytes] = field(default_factory=list)
    port: int = 0
    sockets: list[socket.socket] = field(default_factory=list)

    def __enter__(self) -> Self:
        for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            with contextlib.suppress(OSError):
                listening = socket.socket(family)
                listening.bind((host, self.port))
                listening.listen()
                self.port = listening.getsockname()[1]
                self.sockets.append(listening)
                threading.Thread(target=self._serve, args=(listening,), daemon=True).start()
        assert self.sockets
        return self

    def __exit__(self, *_: object) -> None:
        for one in self.sockets:
            one.close()

    def _serve(self, listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                wire, _ = listening.accept()
                with wire:
                    self.came.append(wire.recv(4096))
                    place = f"http://127.0.0.1:{self.port}/verder"
                    wire.sendall(
                        f"HTTP/1.1 302 Found\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n".encode()
                    )


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    with Listener() as running:
        yield running


@pytest.fixture(scope="module")
def server(module_settings: Settings) -> Iterator[Server]:
    with Server(module_settings, environment={"MELDPUNT_WEBHOOK_SECRETS": SECRET}) as running:
        yield running


@pytest.fixture
async def desk(server: Server) -> AsyncIterator[Client]:
    async with server.client() as client:
        yield client


def addresses(port: int) -> list[str]:
    """This machine and its neighbours, spelled in many ways."""
    hosts = (
        *(
            "127.0.0.1",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
        ),
        *("[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::]", "0.0.0.0", "127.0.0.1.nip.example"),
        *("169.254.169.254", "[::ffff:169.254.169.254]", "[fe80::1]", "metadata.google.internal"),
        *("platform.example@127.0.0.1", "127.0.0.1#@platform.example", "127.0.0.1\\@platform.example"),
    )
    schemes = ("file:///etc/passwd", "gopher://127.0.0.1", "ftp://127.0.0.1/x", "dict://127.0.0.1:11211/stat")
    others = (
        "jar:http://127.0.0.1!/x",
        "javascript:alert(1)",
        "data:text/html,x",
        "\\\\127.0.0.1\\share\\x",
        "//127.0.0.1/x",
    )
    return [*(f"http://{host}:{port}/bijlage" for host in hosts), *schemes, *others]


async def test_an_attachment_that_a_citizen_names_is_never_fetched(
    server: Server, desk: Client, listener: Listener
) -> None:
    """Not when it comes in, not when it is opened, not when the reporter is asked something; it stays a text."""
    urls = addresses(listener.port)
    for start in range(0, len(urls), 20):
        files = [
            {"url": url, "sha256": "0" * 64, "mediaType": "image/jpeg"} for url in urls[start : start + 20]
        ]
        text = f"Foto: http://127.0.0.1:{listener.port}/foto.jpg"
        sent = await signed(SECRET, event(data(text=text, attachments=files))).send(desk)
        assert sent.status_code == 202, sent.text
        fenna = desk.as_("fenna")
        case = await fenna.pull(TRIAGE_EMMEN)
        opened = await fenna.open(case)
        assert [one["url"] for one in opened["content"]["attachments"]] == [one["url"] for one in files]
    assert listener.came == []


async def test_no_header_and_no_token_makes_the_desk_ask_anybody(
    server: Server, desk: Client, listener: Listener
) -> None:
    """Neither what a proxy would add, nor where a token says that its key lies."""
    place = f"http://127.0.0.1:{listener.port}/"
    told = dict.fromkeys(
        ("Referer", "Origin", "X-Forwarded-Host", "X-Original-URL", "X-Rewrite-URL", "Forwarded", "Via"),
        place,
    )
    for headers in (told, {"Host": f"127.0.0.1:{listener.port}"} | told):
        assert (await desk.as_("ans").post("/v1/approvals", BREAK_GLASS, headers)).status_code == 403
        await desk.http.get("/inloggen", headers=headers)
    for name in ("jku", "x5u", "iss", "kid"):
        head = b64(dump(header(**{name: place})))
        claims = b64(dump({"iss": place, "jwks_uri": place, "sub": "x", "aud": "urn:meldpunt"}))
        forged = {"Authorization": f"Bearer {head}.{claims}.{b64(b'x' * 64)}"}
        assert (await desk.http.get("/v1/queues", headers=forged)).status_code == 401
    assert listener.came == []


UNSAFE = (
    *(
        "http://169.254.169.254/keys",
        "http://[::ffff:169.254.169.254]/keys",
        "http://10.0.0.1/keys",
        "http://[fd00::1]/k",
    ),
    *(
        "http://2852039166/keys",
        "http://0xA9FEA9FE/keys",
        "http://0/keys",
        "http://0.0.0.0/keys",
        "http://[::]/keys",
    ),
    *(
        "http://127.1/keys",
        "http://2130706433/keys",
        "http://localhost./keys",
        "http://localhost.kwaad.example/keys",
    ),
    *(
        "http://127.0.0.1.kwaad.example/keys",
        "http://127.0.0.1@kwaad.example/keys",
        "http://kwaad.example#@127.0.0.1/k",
    ),
    *(
        "https://naam:geheim@sso.example/keys",
        "https://sso.example@kwaad.example/keys",
        "https:///keys",
        "https://",
    ),
    *(
        "https://sso.example/keys\r\nX: y",
        "https://sso.example/k\0",
        "https://sso.example:99999/k",
        "https://ｓｓｏ.example/k",
    ),
    *(
        "file:///etc/passwd",
        "ftp://sso.example/keys",
        "gopher://127.0.0.1/k",
        "data:,{}",
        "//sso.example/keys",
        "/keys",
    ),
    *(
        "javascript:alert(1)",
        "unix:/run/x.sock",
        "http+unix://%2frun/k",
        "httpss://sso.example/k",
        "",
        " ",
        "sso.example",
    ),
)


@pytest.mark.parametrize("url", UNSAFE)
def test_an_address_that_is_no_safe_one_stops_the_start(settings: Settings, tmp_path: Path, url: str) -> None:
    """In the short form and for each address in the list of issuers; and what was set is not repeated."""
    assert not is_safe(url)
    short = settings.model_copy(update={"oidc_issuer": "https://sso.example", "oidc_jwks_url": url})
    with pytest.raises(StartRefused) as refused:
        issuers.load(short)
    assert "MELDPUNT_OIDC_JWKS_URL" in str(refused.value)
    assert len(url) < 9 or url not in str(refused.value)
    good = "https://sso.example/x"
    (tmp_path / "geheim").write_text("een geheim")
    for member in ("jwksUrl", "authorizationEndpoint", "tokenEndpoint", "endSessionEndpoint"):
        login = {
            "clientId": "meldpunt",
            "clientSecretFile": "geheim",
            "authorizationEndpoint": good,
            "tokenEndpoint": good,
            "endSessionEndpoint": good,
        }
        entry: dict[str, object] = {
            "name": "sso",
            "issuer": "https://sso.example",
            "audience": "urn:meldpunt",
            "jwksUrl": good,
            "organisations": ["gemeente-emmen"],
            "roles": ["employee"],
            "login": login,
        }
        (entry if member == "jwksUrl" else login)[member] = url
        file = tmp_path / "issuers.json"
        file.write_text(json.dumps([entry]))
        with pytest.raises(StartRefused) as refused:
            issuers.load(settings.model_copy(update={"issuers_file": file}))
        assert len(url) < 9 or url not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["https://sso.example/keys", "http://127.0.0.1:8000/k", "http://[::1]/k", "http://localhost/k"]
)
def test_an_address_that_is_safe_is_taken(url: str) -> None:
    assert is_safe(url)


async def test_a_code_is_taken_to_no_place_that_an_issuer_points_at(
    listener: Listener, tmp_path: Path
) -> None:
    """Its answer says to go elsewhere: nobody goes there, and the client's secret less than anybody."""
    (tmp_path / "geheim").write_text("een geheim")
    place = f"http://127.0.0.1:{listener.port}/token"
    client = LoginClient("meldpunt", tmp_path / "geheim", "https://sso.example", "Emmen", place, place)
    before = len(listener.came)
    with pytest.raises(SignInFailed):
        await id_token(client, "code", "verifier", "http://127.0.0.1/terug")
    assert len(listener.came) == before + 1
    assert b"/verder" not in listener.came[-1]
