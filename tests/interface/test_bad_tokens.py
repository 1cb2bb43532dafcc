"""Tokens that are not what they should be get 401 on the real routes; the right one beside them works."""

import time
from collections.abc import Callable, Iterator

import pytest

from app.settings import Settings
from tests.desk import Server
from tests.identity import forge
from tests.identity.forge import AUDIENCE, ISSUER, Json, KeyServer, b64, dump, header, jwk_of, rsa_key
from tests.interface.bad import JSON, MARK, SIGNALS, report
from tests.interface.wire import Answer, request, speak
from tests.stored import Stored

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def desk(module_settings: Settings) -> Iterator[Server]:
    """A desk that trusts one issuer, whose key lies in this test."""
    with KeyServer() as keys:
        keys.holds(
            jwk_of(rsa_key(), "rsa"),
            {"kty": "OKP", "crv": "Ed25519", "kid": "odd", "x": "AA"},
            {"kty": "AKP", "kid": "other"},
            jwk_of(rsa_key(number=2), "enc") | {"use": "enc"},
            "a bare string",
        )
        told = {"ISSUER": ISSUER, "AUDIENCE": AUDIENCE, "JWKS_URL": keys.url}
        environment = {f"MELDPUNT_OIDC_{name}": value for name, value in told.items()}
        with Server(module_settings, environment=environment) as running:
            yield running


def claims(**changes: object) -> Json:
    """Good claims of a clerk of Emmen now."""
    now = int(time.time())
    times = {"iat": now - 5, "nbf": now - 5, "exp": now + 600}
    return forge.claims(**(times | {"sub": MARK, "jti": MARK} | changes))


def token(head: Json | None = None, **changes: object) -> str:
    return forge.token(head, claims(**changes))


def unsigned() -> str:
    return f"{b64(dump(header(alg='none')))}.{b64(dump(claims()))}."


def confused() -> str:
    message = f"{b64(dump(header(alg='HS256')))}.{b64(dump(claims()))}"
    return f"{message}.{b64(forge.hs256(forge.public_pem(rsa_key()), message.encode()))}"


def other_claims() -> str:
    """A good signature over other claims than those it stands beside."""
    head, _, signature = token().split(".")
    return f"{head}.{b64(dump(claims(roles=['auditor'])))}.{signature}"


REFUSED: dict[str, Callable[[], str]] = {
    "expired": lambda: token(exp=int(time.time()) - 120),
    "not yet valid": lambda: token(nbf=int(time.time()) + 600),
    "no end": lambda: token(exp=None),
    "no audience": lambda: token(aud=None),
    "another audience": lambda: token(aud="urn:anders"),
    "another issuer": lambda: token(iss="https://elders.example"),
    "no issuer": lambda: token(iss=None),
    "no subject": lambda: token(sub=None),
    "no id": lambda: token(jti=None),
    "no begin": lambda: token(iat=None),
    "a life of two days": lambda: token(exp=int(time.time()) + 172_800),
    "unsigned": unsigned,
    "signed with the public key": confused,
    "another key": lambda: forge.token(body=claims(), key=rsa_key(number=1)),
    "unknown key id": lambda: token(header(kid=MARK)),
    "no key id": lambda: token(header(kid=None)),
    "a key for encryption": lambda: forge.token(header(kid="enc"), claims(), rsa_key(number=2)),
    "unknown crit": lambda: token(header(crit=[MARK])),
    "b64": lambda: token(header(b64=False, crit=["b64"])),
    "jku": lambda: token(header(jku=f"https://{MARK}.example/keys")),
    "a key of its own": lambda: token(header(jwk=jwk_of(rsa_key(), "rsa"))),
    "zip": lambda: token(header(zip="DEF")),
    "another type": lambda: token(header(typ="JWT")),
    "no type": lambda: token(header(typ=None)),
    "claims of another": other_claims,
    "cut": lambda: token()[:-3],
    "padded": lambda: token() + "=",
    "one part": lambda: MARK,
    "three empty parts": lambda: "..",
    "10 kB": lambda: (MARK * 2000)[:10_000],
    "no organisation": lambda: token(org=None),
    "roles as a word": lambda: token(roles="employee"),
}


def post(desk: Server, bearer: str) -> Answer:
    headers = (("Authorization", f"Bearer {bearer}"), JSON)
    return speak(desk.settings.port, request("POST", SIGNALS, headers, report()))


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED)
async def test_a_token_that_is_not_right_is_refused(
    desk: Server, stored: Stored, make: Callable[[], str]
) -> None:
    before = await stored.counts()
    answer = post(desk, make())
    assert answer.status == 401, answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["api-version"]
    assert MARK not in answer.body.decode()
    assert await stored.counts() == before


def test_the_right_token_beside_them_works(desk: Server) -> None:
    assert post(desk, token()).status == 201
    assert post(desk, token(aud=[AUDIENCE, "urn:anders"])).status == 201


async def test_a_flood_of_refused_tokens_grows_the_log_by_reasons(desk: Server, stored: Stored) -> None:
    """One entry a minute and reason, with the reason and without the token."""
    for _ in range(20):
        post(desk, token(aud="urn:nog-anders"))
    rows = await stored.ask(
        "select reason_code, date_trunc('minute', at), count(*) from access_entries"
        " where action = 'token_refused' group by 1, 2"
    )
    assert len({reason for reason, _, _ in rows}) > 8
    assert all(int(str(number)) <= 2 for _, _, number in rows)


def test_no_line_of_the_desk_repeats_a_token(desk: Server) -> None:
    assert MARK not in desk.log.read_text()
    assert "eyJ" not in desk.log.read_text()
