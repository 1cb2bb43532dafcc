"""The demo issuer and its cast: real tokens through the real front, in demo mode on loopback only."""

import json
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from app.demo.cast import CAST, Group
from app.demo.issuer import DemoIssuer, fetch_token
from app.errors import StartRefused, Unauthenticated
from app.identity.actor import Kind, Role
from app.identity.issuers import demo_file, load
from app.identity.tokens import TokenVerifier
from app.settings import Settings
from tests.desk import NO_TLS

pytestmark = pytest.mark.anyio


@pytest.fixture
def demo(tmp_path: Path) -> Settings:
    return Settings.model_validate({"home": tmp_path, "environment": "demo"})


@pytest.mark.parametrize("name", CAST)
async def test_each_of_the_cast_is_known_to_the_front(demo: Settings, name: str) -> None:
    with DemoIssuer(demo):
        actor = await TokenVerifier(load(demo)).verify(fetch_token(demo, name))
    member = CAST[name]
    assert (actor.sub, actor.organisation, actor.roles) == (member.sub, member.organisation, member.roles)
    assert actor.kind is (Kind.MACHINE if member.group is Group.MACHINE else Kind.PERSON)


async def test_a_restarted_issuer_is_known_at_once(demo: Settings) -> None:
    verifier = TokenVerifier(load(demo))
    with DemoIssuer(demo):
        old = fetch_token(demo, "ans")
        await verifier.verify(old)
    with DemoIssuer(demo):
        new = fetch_token(demo, "ans")
        assert await verifier.verify(new)
        assert verifier.cached(old) is None
        with pytest.raises(Unauthenticated):
            await verifier.verify(old)


async def test_a_desk_that_started_before_its_issuer_knows_it_at_once(demo: Settings) -> None:
    with DemoIssuer(demo):
        early = fetch_token(demo, "ans")
    verifier = TokenVerifier(load(demo))
    with pytest.raises(Unauthenticated) as refused:
        await verifier.verify(early)
    assert refused.value.reason == "token_keys_unavailable"
    with DemoIssuer(demo):
        assert await verifier.verify(fetch_token(demo, "ans"))


def test_its_address_is_readable_for_this_account_only_and_goes_with_it(demo: Settings) -> None:
    with DemoIssuer(demo) as running:
        assert stat.S_IMODE(demo_file(demo).stat().st_mode) == 0o600
        assert json.loads(demo_file(demo).read_bytes())["url"] == running.url
        assert [path.name for path in demo_file(demo).parent.iterdir()] == ["issuer.json"]
    assert not demo_file(demo).exists()


def test_an_ending_issuer_leaves_the_address_of_its_successor(demo: Settings) -> None:
    with DemoIssuer(demo):
        successor = DemoIssuer(demo).__enter__()
    assert json.loads(demo_file(demo).read_bytes())["url"] == successor.url
    successor.__exit__(None, None, None)


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic x"}, {"Authorization": "é"}]
)
def test_without_the_secret_it_gives_no_token(demo: Settings, headers: dict[str, str]) -> None:
    with DemoIssuer(demo) as running, httpx2.Client(trust_env=False, verify=NO_TLS) as client:
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        answer = client.post(f"{running.url}/token", json={"name": "ans"}, headers=encoded)
    assert answer.status_code == 401
    assert "token" not in answer.text


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b'{"name": 5}', b'{"name": "nobody"}', b" " * 2000]
)
def test_an_odd_request_gets_no_token(demo: Settings, body: bytes) -> None:
    with DemoIssuer(demo) as running, httpx2.Client(trust_env=False, verify=NO_TLS) as client:
        secret = json.loads(demo_file(demo).read_bytes())["secret"]
        answer = client.post(
            f"{running.url}/token", content=body, headers={"Authorization": f"Bearer {secret}"}
        )
    assert answer.status_code == 400


def test_its_key_set_holds_no_private_key(demo: Settings) -> None:
    with DemoIssuer(demo) as running, httpx2.Client(trust_env=False, verify=NO_TLS) as client:
        (key,) = client.get(f"{running.url}/jwks.json").json()["keys"]
        assert client.get(f"{running.url}/token").status_code == 404
    assert set(key) == {"kty", "crv", "x", "y", "alg", "kid", "use"}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"environment": "production"}, "MELDPUNT_ENVIRONMENT"),
        ({"host": "0.0.0.0"}, "MELDPUNT_HOST"),
        ({"host": "192.168.1.5"}, "MELDPUNT_HOST"),
        ({"host": "meldpunt.example"}, "MELDPUNT_HOST"),
        ({"host": ""}, "MELDPUNT_HOST"),
    ],
)
def test_it_starts_only_in_a_demo_on_this_machine(
    demo: Settings, changes: dict[str, str], named: str
) -> None:
    with pytest.raises(StartRefused, match=named):
        DemoIssuer(demo.model_copy(update=changes))
    assert not demo_file(demo).exists()


def test_no_token_in_production(demo: Settings) -> None:
    with DemoIssuer(demo), pytest.raises(StartRefused, match="demo"):
        fetch_token(demo.model_copy(update={"environment": "production"}), "ans")


def test_an_unknown_name_is_answered_with_the_known_ones(demo: Settings) -> None:
    with DemoIssuer(demo), pytest.raises(StartRefused, match="ans, eva, fenna"):
        fetch_token(demo, "zqx")


@pytest.mark.parametrize(
    "content",
    [None, b"", b"{}", b'{"url": "http://127.0.0.1:9", "secret": "s"}', b'{"url": "x:/", "secret": "s"}'],
)
def test_without_a_running_issuer_the_message_says_what_to_do(demo: Settings, content: bytes | None) -> None:
    if content is not None:
        demo_file(demo).parent.mkdir()
        demo_file(demo).write_bytes(content)
    with pytest.raises(StartRefused, match="make run"):
        fetch_token(demo, "ans")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_stops_when_asked_and_takes_its_address_along(
    demo: Settings, number: signal.Signals
) -> None:
    program = (
        "from app.demo import issuer; from app.settings import load;"
        "write = issuer._write;"
        "issuer._write = lambda *a: (write(*a), print('ready', flush=True)); issuer.run(load())"
    )
    environment = {"MELDPUNT_HOME": str(demo.home), "MELDPUNT_ENVIRONMENT": "demo"}
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", program], env=environment, cwd=root, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        assert demo_file(demo).exists()
        child.send_signal(number)
        assert child.wait(5) == 0
    assert not demo_file(demo).exists()


def test_the_cast_is_the_one_of_the_design() -> None:
    assert {name: (member.organisation, set(member.roles)) for name, member in CAST.items()} == {
        "ans": ("gemeente-emmen", {Role.EMPLOYEE}),
        "eva": ("gemeente-assen", {Role.EMPLOYEE}),
        "fenna": ("gemeente-emmen", {Role.COORDINATOR}),
        "femke": ("gemeente-emmen", {Role.DEPUTY, Role.APPROVER}),
        "ilse": ("gemeente-emmen", {Role.APPROVER}),
        "eelco": ("gemeente-assen", {Role.COORDINATOR}),
        "evert": ("gemeente-assen", {Role.DEPUTY, Role.APPROVER}),
        "ina": ("gemeente-assen", {Role.APPROVER}),
        "bouke": ("riec-noord-nederland", {Role.ANALYST}),
        "bart": ("riec-noord-nederland", {Role.ANALYST}),
        "chris": ("rudd", {Role.OFFICER}),
        "hilde": ("gemeente-emmen", {Role.PRIVACY_OFFICER}),
        "joost": ("gemeente-emmen", {Role.DPO}),
        "dirk": ("provincie-drenthe", {Role.AUDITOR}),
        "gerrit": ("provincie-drenthe", {Role.FUNCTIONAL_MANAGER}),
        "gea": ("provincie-drenthe", {Role.FUNCTIONAL_MANAGER}),
        "petra": ("provincie-drenthe", {Role.PROGRAMME_COORDINATOR}),
        "formulier-emmen": ("gemeente-emmen", {Role.INTRANET_FORM}),
    }


def test_each_of_the_cast_has_a_sub_of_his_own_and_words_for_the_login_page() -> None:
    assert len({member.sub for member in CAST.values()}) == len(CAST)
    for member in CAST.values():
        assert re.fullmatch(r"d-[0-9a-f]{16}", member.sub)
        assert member.display
        assert member.role_names
        assert re.fullmatch(r"[A-Z][^\n]{20,110}\.", member.sees)


def test_only_the_auditor_has_a_mandate_and_it_is_for_all() -> None:
    assert {name: member.mandate for name, member in CAST.items() if member.mandate} == {"dirk": "all"}
