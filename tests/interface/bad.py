"""Requests that must be refused: what a stranger, a careless client or an attacker sends.

`MARK` stands in each of them somewhere; it may come back in no answer and in no line of the desk.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.interface.wire import chunked

MARK = "zwartemarkering7f3a"
JSON = ("Content-Type", "application/json")
SIGNALS = "/v1/signals"
KEY = "k" * 30
NOBODY = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True, slots=True)
class Bad:
    """One bad request: why it is bad, the status it must get, and where the problem must point."""

    why: str
    status: int
    body: bytes = field(default=b"", repr=False)
    path: str = SIGNALS
    method: str = "POST"
    headers: tuple[tuple[str, str], ...] = (JSON,)
    who: str | None = "ans"
    where: str | None = None


def report(**members: object) -> bytes:
    return json.dumps({"text": MARK} | members, ensure_ascii=False).encode("utf-8", "surrogatepass")


def member(why: str, where: str, **members: object) -> Bad:
    return Bad(why, 400, report(**members), where=where)


def place(why: str, where: str, **members: object) -> Bad:
    return member(f"place: {why}", f"/location/{where}", location=members)


def raw(why: str, body: bytes) -> Bad:
    return Bad(why, 400, body, where="")


def form() -> Iterator[Bad]:
    """Bodies that are no JSON, or JSON that two readers could understand differently."""
    whole = report()
    yield raw("empty body", b"")
    yield raw("half an object", b'{"text":"' + MARK.encode())
    yield raw("trailing comma", whole[:-1] + b",}")
    yield raw("two objects", whole + whole)
    yield raw("null", b"null")
    yield raw("a list", b"[]")
    yield raw("a number", b"5")
    yield raw("a text", f'"{MARK}"'.encode())
    yield raw("NUL written out", report(text=f"{MARK}\0"))
    yield raw("a raw NUL", b'{"text":"' + MARK.encode() + b'\0"}')
    yield raw("one member twice", whole[:-1] + b',"text":"y"}')
    yield raw(
        "one member twice, inside", b'{"text":"x","location":{"city":"' + MARK.encode() + b'","city":"a"}}'
    )
    yield raw("half an emoji", b'{"text":"' + MARK.encode() + b' \\ud83d"}')
    yield raw("half an emoji as a name", b'{"text":"x","\\ud83d' + MARK.encode() + b'":1}')
    yield raw("half an emoji in bytes", report(text=f"{MARK}\ud83d"))
    yield raw("bytes that are no UTF-8", b'{"text":"' + MARK.encode() + b'\xff"}')
    yield raw("UTF-16", whole.decode().encode("utf-16"))
    yield raw("a byte order mark", b"\xef\xbb\xbf" + whole)
    yield raw("NaN", whole[:-1] + b',"location":{"latitude":NaN}}')
    yield raw("Infinity", whole[:-1] + b',"location":{"latitude":-Infinity}}')
    yield raw("a number of 5000 digits", whole[:-1] + b',"onBehalf":' + b"9" * 5000 + b"}")
    yield raw("20000 lists in each other", b"[" * 20_000)
    yield raw("deep lists that end", whole[:-1] + b',"persons":' + b"[" * 5000 + b"]" * 5000 + b"}")


def size_and_media() -> Iterator[Bad]:
    """Too large, or a form we do not read."""
    large = report(text=MARK + "x" * 2_000_000)
    yield Bad("two million bytes", 413, large)
    yield Bad(
        "two million bytes, length unsaid",
        413,
        chunked(large),
        headers=(JSON, ("Transfer-Encoding", "chunked")),
    )
    for media in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=latin-1",
        "json",
    ):
        yield Bad(f"sent as {media}", 415, report(), headers=(("Content-Type", media),))
    yield Bad("sent as nothing", 415, report(), headers=())
    yield Bad("sent as two things", 415, report(), headers=(JSON, ("Content-Type", "text/plain")))
    yield Bad("asks for XML", 406, report(), headers=(JSON, ("Accept", "application/xml")))


def values() -> Iterator[Bad]:
    """Members that are not what the description says; nothing is guessed."""
    yield member("text of a wrong type", "/text", text=[MARK])
    yield member("title of a wrong type", "/title", title=[])
    yield Bad("no text", 400, json.dumps({"title": MARK}).encode(), where="/text")
    yield member("empty text", "/text", text="", title=MARK)
    yield member("nothing but spaces", "/text", text=" \n\t ", title=MARK)
    yield member("text too long", "/text", text=MARK + "x" * 20_000)
    yield member("control character", "/text", text=f"{MARK}\x07")
    yield member("unknown member", "", **{MARK: 1})
    yield place("unknown member", "", **{MARK: 1})
    yield member("flag as a word", "/minorInvolved", minorInvolved="off")
    yield member("flag as a number", "/minorInvolved", minorInvolved=0)
    for value in (
        0,
        "0001-01-01T00:00:00+14:00",
        "2026-02-30T10:00:00Z",
        "2026-03-01",
        "2026-03-01T10:00:00",
        None,
    ):
        if value is not None:
            yield member(f"begin {value}", "/observedFrom", observedFrom=value)
    for value in (
        "9999-12-31T23:59:59-12:00",
        "2026-03-01T24:00:00Z",
        "2026-03-01T10:00:00+01:75",
        " 2026-03-01T10:00:00Z",
    ):
        yield member(f"end {value}", "/observedTo", observedTo=value)
    yield member(
        "end before begin",
        "/observedTo",
        observedFrom="2026-03-02T10:00:00Z",
        observedTo="2026-03-01T10:00:00Z",
    )
    yield member("anonymous with a name", "/reporter", confidentiality="anonymous", reporter={"name": MARK})
    yield member("unknown category", "/categoryHint", categoryHint=MARK)
    yield member("unknown urgency", "/urgency", urgency="hoog")
    yield member("unknown confidentiality", "/confidentiality", confidentiality="geheim")
    yield member("unknown safety code", "/safety/0", safety=[MARK])
    yield member("51 persons", "/persons", persons=[{"role": "suspect", "name": MARK}] * 51)
    yield member("a person without a role", "/persons/0/role", persons=[{"name": MARK}])
    yield member("KvK number of seven digits", "/companies/0/kvkNumber", companies=[{"kvkNumber": "1234567"}])
    yield member("phone as a number", "/phoneNumbers/0", phoneNumbers=[612345678])
    yield place("house number with underscore", "houseNumber", houseNumber="1_2")
    yield place("house number zero", "houseNumber", houseNumber="0")
    yield place("house number as a number", "houseNumber", houseNumber=12)
    yield place("other script's digits", "postcode", postcode="٩٤١١NA")
    yield place("addition of 300 letters", "houseNumberAddition", houseNumberAddition="a" * 300)
    yield place("latitude as a text", "latitude", latitude="NaN")
    yield place("latitude past the pole", "latitude", latitude=90.1)
    yield place("longitude as a flag", "longitude", longitude=True)
    yield place("three digits of a municipality", "municipalityCode", municipalityCode="114")
    yield place("accuracy of half a metre", "accuracyMetres", accuracyMetres=0.5)
    for key in ("kort", "k" * 101, "sleutel met spatie " + MARK):
        why = f"Idempotency-Key of {len(key)} characters"
        yield Bad(why, 400, report(), headers=(JSON, ("Idempotency-Key", key)), where="Idempotency-Key")


def get(why: str, status: int, path: str, who: str | None, where: str | None = None) -> Bad:
    return Bad(why, status, b"", path, "GET", (), who, where)


def paths() -> Iterator[Bad]:
    """Addresses and methods that are not there."""
    for method in ("GET", "PUT", "PATCH", "DELETE", "OPTIONS"):
        yield Bad(f"{method} a signal", 405, report(), method=method)
    yield Bad("a method of its own making", 400, report(), method="BREW")
    yield Bad("DELETE a case", 405, b"", f"/v1/cases/{NOBODY}", "DELETE", (), "bouke")
    yield Bad("trailing slash", 404, report(), f"{SIGNALS}/")
    yield get("trailing slash of a list", 404, "/v1/queues/", "bouke")
    yield get("no such path", 404, f"/v1/{MARK}", "bouke")
    yield get("a line break in the path", 404, "/v1/x%0A%7B%22event%22:%22" + MARK, "bouke")
    yield get("two slashes", 404, "/v1//queues", "bouke")
    yield get("case id is no UUID", 400, f"/v1/cases/{MARK}", "bouke", "caseId")
    yield get("case id with NUL", 400, f"/v1/cases/%00{MARK}", "bouke", "caseId")
    yield get("case id in capitals", 400, "/v1/cases/" + "A" * 8 + NOBODY[8:], "bouke", "caseId")
    yield get("queue with NUL", 404, f"/v1/queues/rudd%00{MARK}/cases", "chris")
    yield get("case nobody has", 404, f"/v1/cases/{NOBODY}", "bouke")
    yield get("queue of another", 404, "/v1/queues/rudd/cases", "bouke")
    yield get("an employee asks a queue", 404, "/v1/queues/riec-noord-nederland/cases", "ans")
    yield Bad("an auditor reports", 403, report(), who="dirk")
    yield Bad("an employee speaks for another", 403, report(onBehalf=True))


def queries() -> Iterator[Bad]:
    """Query strings that are not in the description."""
    cases = "/v1/queues/riec-noord-nederland/cases"
    for text in ("1_0", "0", "201", "-1", "1e1", "", "%D9%A1%D9%A0", "5&limit=5", "5%00"):
        yield get(f"limit={text}", 400, f"{cases}?limit={text}", "bouke", "limit")
    yield get("unknown parameter", 400, f"{cases}?{MARK}=1", "bouke", "query")
    yield get("unknown state", 400, f"{cases}?state=nieuw", "bouke", "state")
    yield get("unknown sort", 400, f"{cases}?sort=;{MARK}", "bouke", "sort")
    for cursor in (MARK, f"{MARK}!", "AAAA", "%00"):
        yield get(f"cursor {cursor}", 400, f"{cases}?cursor={cursor}", "bouke", "cursor")
    log = "/v1/access-log"
    for name, text in {
        "actor": "%00",
        "caseId": "x",
        "outcome": "alles",
        "from": "0",
        "action": MARK,
    }.items():
        yield get(f"log {name}={text}", 400, f"{log}?{name}={text}", "dirk", name)
    yield get("log signalId in capitals", 400, f"{log}?signalId=" + "A" * 8 + NOBODY[8:], "dirk", "signalId")


def doors() -> Iterator[Bad]:
    """The other doors: receipts, openings, the webhook, the pages' own routes."""
    message, lookup = "/v1/receipt-messages", "/v1/receipt-lookups"
    yield Bad(
        "half an emoji to a receipt",
        400,
        b'{"receiptCode":"x","text":"' + MARK.encode() + b'\\ud83d"}',
        message,
        where="",
    )
    yield Bad("no code", 400, json.dumps({"text": MARK}).encode(), message, where="/receiptCode")
    yield Bad("code as a number", 400, b'{"receiptCode":12345678901234567890}', lookup, where="/receiptCode")
    yield get("code in a URL", 405, f"{lookup}?receiptCode={MARK}", None)
    opening = f"/v1/cases/{NOBODY}/openings"
    yield Bad("no purpose", 400, b"{}", opening, who="bouke", where="/purpose")
    yield Bad(
        "unknown purpose", 400, json.dumps({"purpose": MARK}).encode(), opening, who="bouke", where="/purpose"
    )
    yield Bad("unsigned delivery", 401, report(), "/v1/webhooks/citizen-reports", who="fenna")
    yield Bad("a token instead of a session", 401, report(), "/web/signals")


ALL = (*form(), *size_and_media(), *values(), *paths(), *queries(), *doors())
