"""Whose address counts: the peer's, unless a listed proxy names another, and never one that a caller made up."""

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from app.errors import StartRefused
from app.http.addresses import Proxies, sender
from app.http.application import Desk

PROXIES = Proxies.read("10.0.0.0/24, 2001:db8:ffff::/48 192.0.2.254")
PROXY = "10.0.0.1"


def behind(*headers: tuple[str, str], peer: str = PROXY) -> str:
    return PROXIES.caller(peer, [(name.lower().encode(), value.encode("latin-1")) for name, value in headers])


def listed(value: str) -> str:
    return behind(("X-Forwarded-For", value))


def forwarded(value: str) -> str:
    return behind(("Forwarded", value))


def asked_from(host: str | None) -> str:
    return sender(Request({"type": "http", "headers": [], "client": None if host is None else (host, 1)}))


def test_a_listed_proxy_names_its_caller() -> None:
    assert listed("203.0.113.9") == "203.0.113.9"
    assert forwarded("for=203.0.113.9") == "203.0.113.9"
    assert forwarded('by=10.0.0.1;For="203.0.113.9";proto=https;host="meldpunt.example"') == "203.0.113.9"


def test_anybody_else_is_whoever_is_at_the_other_end() -> None:
    for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
        assert behind((name, "for=203.0.113.9"), peer="198.51.100.7") == "198.51.100.7"
        assert behind((name, "203.0.113.9"), peer="10.0.1.1") == "10.0.1.1"
    assert Proxies().caller(PROXY, [(b"x-forwarded-for", b"203.0.113.9")]) == PROXY


def test_what_a_caller_wrote_itself_does_not_count() -> None:
    """Each proxy adds whom it saw at the right; what stands left of that came with the request."""
    assert listed("192.0.2.1, 203.0.113.9") == "203.0.113.9"
    assert listed("10.0.0.7, 203.0.113.9, 10.0.0.2, 10.0.0.3") == "203.0.113.9"
    assert listed("rubbish, , 203.0.113.9") == "203.0.113.9"
    assert behind(("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-For", "203.0.113.9")) == "203.0.113.9"
    assert forwarded("for=192.0.2.1, for=203.0.113.9, for=10.0.0.2") == "203.0.113.9"
    assert behind(("X-Real-IP", "192.0.2.1")) == PROXY


def test_two_headers_that_differ_name_nobody() -> None:
    """A proxy that writes one of them passes the other on as its caller wrote it."""
    assert behind(("Forwarded", "for=192.0.2.1"), ("X-Forwarded-For", "203.0.113.9")) == PROXY
    assert behind(("Forwarded", "for=203.0.113.9"), ("X-Forwarded-For", "203.0.113.9")) == "203.0.113.9"


def test_only_proxies_in_a_row_is_the_first_of_them() -> None:
    assert listed("10.0.0.9, 10.0.0.2") == "10.0.0.9"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("203.0.113.9:4711", "203.0.113.9"),
        ("2001:db8::17", "2001:db8::17"),
        ("[2001:db8::17]", "2001:db8::17"),
        ("[2001:DB8:0::17]:4711", "2001:db8::17"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("[::ffff:203.0.113.9]:80", "203.0.113.9"),
    ],
)
def test_an_address_is_read_with_or_without_its_port(written: str, read: str) -> None:
    assert listed(written) == read
    assert forwarded(f'for="{written}"') == read


@pytest.mark.parametrize("written", ["::ffff:10.0.0.1", "2001:db8:ffff::1", "192.0.2.254"])
def test_a_proxy_is_known_by_any_spelling_of_its_address(written: str) -> None:
    assert behind(("X-Forwarded-For", "203.0.113.9"), peer=written) == "203.0.113.9"
    assert behind(("X-Forwarded-For", f"203.0.113.9, {written}")) == "203.0.113.9"


@pytest.mark.parametrize(
    "value",
    [
        *("", " ", ",", "unknown", "203.0.113.9,", "203.0.113.256", "203.0.113", "0x7f.1", "2130706433"),
        *("[203.0.113.9]", "fe80::1%eth0", "localhost", "203.0.113.9:", "203.0.113.9:123456", "٢٠٣.0.113.9"),
        *('"203.0.113.9"', "203.0.113.9;203.0.113.8", "[2001:db8::17", "1" * 3000 + ", 203.0.113.9"),
    ],
)
def test_what_is_no_address_leaves_the_proxy_itself(value: str) -> None:
    assert behind(("X-Forwarded-For", value.encode().decode("latin-1"))) == PROXY


@pytest.mark.parametrize(
    "value",
    [
        *(
            "",
            "203.0.113.9",
            "for",
            "for=",
            "for=_hidden",
            "for=unknown",
            "by=203.0.113.9",
            "for =203.0.113.9",
        ),
        *("for=203.0.113.9;for=203.0.113.8", "for=203.0.113.9,", "for=203.0.113.9;", 'for="203.0.113.9'),
        *("for=[2001:db8::17]", 'for="x, for=203.0.113.9', 'a=b;x=", for="203.0.113.9"', "for=203.0.113.9 x"),
        *('for="203.0.113.9\\', "for=1.2.3.4" + ";a=b" * 900),
    ],
)
def test_what_is_no_forwarded_header_leaves_the_proxy_itself(value: str) -> None:
    assert forwarded(value) == PROXY


@given(st.text(alphabet='for=by;,:."[]\\ 0123456789abcdef_%\t', max_size=60))
def test_no_header_breaks_the_reading_or_makes_a_caller_that_is_no_address(value: str) -> None:
    for found in (listed(value), forwarded(value)):
        assert Proxies.read(found).networks


@given(st.text(alphabet='for=by;,:."[]\\ 0123456789abcdef', max_size=40))
def test_no_words_of_a_caller_hide_what_the_proxy_added(words: str) -> None:
    """It counts as itself or, where its words broke the header, as the proxy: never as somebody else."""
    assert listed(f"{words}, 203.0.113.9") == "203.0.113.9"
    for added in ("for=203.0.113.9", 'for="203.0.113.9";proto=https', 'proto=https;for="203.0.113.9:80"'):
        assert forwarded(f"{words}, {added}") in {"203.0.113.9", PROXY}


@pytest.mark.parametrize("text", ["0.0.0.0/0", "::/0", "10.0.0.1/24", "proxy.example", "10.0.0.0/33", "*"])
def test_a_list_that_does_not_fit_stops_the_start(text: str) -> None:
    with pytest.raises(StartRefused, match="MELDPUNT_TRUSTED_PROXIES"):
        Proxies.read(f"10.0.0.0/8 {text}")


def test_no_list_is_no_proxy() -> None:
    assert Proxies.read("  ") == Proxies()
    assert PROXY not in Proxies()
    assert "no address" not in PROXIES
    assert 5 not in PROXIES


def test_neighbours_of_one_network_count_as_one_and_others_do_not() -> None:
    one = asked_from("2001:db8:1:2::1")
    assert one == asked_from("2001:db8:1:2:ffff:ffff:ffff:ffff") == asked_from("2001:db8:1:2::9%eth0")
    assert one != asked_from("2001:db8:1:3::1")
    assert asked_from("192.0.2.1") != asked_from("192.0.2.2")
    assert asked_from("192.0.2.1") == asked_from("::ffff:192.0.2.1")
    assert asked_from(None) == asked_from("no address")


@pytest.mark.anyio
async def test_the_application_sees_the_caller_behind_the_proxy() -> None:
    async def who(request: Request) -> Response:
        return PlainTextResponse(sender(request))

    for proxies, seen in ((PROXIES, "203.0.113.9"), (Proxies(), PROXY)):
        desk = Desk(proxies=proxies)
        desk.add_route("/who", who)
        transport = httpx2.ASGITransport(app=desk, client=(PROXY, 1))
        async with httpx2.AsyncClient(transport=transport, base_url="http://desk.test") as asking:
            answer = await asking.get("/who", headers={"X-Forwarded-For": "192.0.2.1, 203.0.113.9"})
        assert answer.text == seen
