"""Tokens the desk must refuse, each with the one reason it earns from the issuer of Emmen at NOW."""

import json
from collections.abc import Callable

from app.identity.compact import MAX_TOKEN
from app.identity.reasons import Reason

from .forge import (
    AUDIENCE,
    SECOND,
    b64,
    claims,
    dump,
    ec_key,
    es256,
    header,
    hs256,
    jwk_of,
    public_pem,
    rsa_key,
    sign,
    signed,
    token,
)


def with_header(**changes: object) -> Callable[[], str]:
    return lambda: token(header(**changes))


def with_claims(**changes: object) -> Callable[[], str]:
    return lambda: token(body=claims(**changes))


def raw(head: bytes, body: bytes) -> Callable[[], str]:
    return lambda: signed(head, body, rsa_key())


def confused() -> str:
    """HS256 keyed with the public key: the classic confusion of algorithms."""
    message = f"{b64(dump(header(alg='HS256')))}.{b64(dump(claims()))}"
    return f"{message}.{b64(hs256(public_pem(rsa_key()), message.encode('ascii')))}"


def trailing_bits() -> str:
    """The same signature bytes, spelled with other unused bits in the last character."""
    good = es256()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return good[:-1] + alphabet[alphabet.index(good[-1]) ^ 1]


def der_signature() -> str:
    """An ECDSA signature in the wrong form: 64 bytes are due, this has 70."""
    message = es256().rsplit(".", 1)[0]
    return f"{message}.{b64(b'0D' + sign(ec_key(), message.encode('ascii')) + b'xxxx')}"


def cut_signature() -> str:
    """The first 250 bytes of a good RSA signature."""
    message = token().rsplit(".", 1)[0]
    return f"{message}.{b64(sign(rsa_key(), message.encode('ascii'))[:250])}"


def swapped(part: int) -> str:
    """A good token with one segment of another good token."""
    ours, theirs = token().split("."), token(body=claims(sub="somebody-else")).split(".")
    ours[part] = theirs[part]
    return ".".join(ours)


def twice(name: str, value: object) -> bytes:
    """Good claims with one name a second time."""
    return dump(claims())[:-1] + f", {json.dumps(name)}: {json.dumps(value)}}}".encode()


HEADERS: list[tuple[str, Callable[[], str], Reason]] = [
    ("alg none", with_header(alg="none"), Reason.ALGORITHM),
    ("alg None in capitals", with_header(alg="NONE"), Reason.ALGORITHM),
    ("alg none, no signature", lambda: token(header(alg="none")).rsplit(".", 1)[0] + ".", Reason.ENCODING),
    ("no alg", with_header(alg=None), Reason.ALGORITHM),
    ("alg a list", with_header(alg=["RS256"]), Reason.ALGORITHM),
    ("alg in small letters", with_header(alg="rs256"), Reason.ALGORITHM),
    ("alg PS256", with_header(alg="PS256"), Reason.ALGORITHM),
    ("alg RS512", with_header(alg="RS512"), Reason.ALGORITHM),
    ("HS256 with the public key", confused, Reason.ALGORITHM),
    ("unknown crit", with_header(crit=["b65"], b65=True), Reason.HEADER_MEMBER),
    ("empty crit", with_header(crit=[]), Reason.HEADER_MEMBER),
    ("b64 false", with_header(b64=False), Reason.HEADER_MEMBER),
    ("jku", with_header(jku="https://evil.example/jwks"), Reason.HEADER_MEMBER),
    (
        "own jwk",
        lambda: token(header(jwk=jwk_of(rsa_key(2048, 9), "rsa")), key=rsa_key(2048, 9)),
        Reason.HEADER_MEMBER,
    ),
    ("x5u", with_header(x5u="https://evil.example/cert"), Reason.HEADER_MEMBER),
    ("x5c", with_header(x5c=["MIIB"]), Reason.HEADER_MEMBER),
    ("zip", with_header(zip="DEF"), Reason.HEADER_MEMBER),
    ("nested token", with_header(cty="JWT"), Reason.HEADER_MEMBER),
    ("no typ", with_header(typ=None), Reason.TYPE),
    ("typ JWT", with_header(typ="JWT"), Reason.TYPE),
    ("typ a number", with_header(typ=5), Reason.TYPE),
    ("typ of an id token", with_header(typ="id+jwt"), Reason.TYPE),
    ("no kid", with_header(kid=None), Reason.KEY_ID),
    ("empty kid", with_header(kid=""), Reason.KEY_ID),
    ("kid a list", with_header(kid=["rsa", "ec"]), Reason.KEY_ID),
    ("kid too long", with_header(kid="k" * 256), Reason.KEY_ID),
    ("kid a path", with_header(kid="../../dev/null"), Reason.KEY_UNKNOWN),
    ("unknown kid", with_header(kid="other"), Reason.KEY_UNKNOWN),
    (
        "kid twice",
        raw(b'{"alg":"RS256","typ":"at+jwt","kid":"ec","kid":"rsa"}', dump(claims())),
        Reason.HEADER_JSON,
    ),
    ("header a list", raw(b'["RS256"]', dump(claims())), Reason.HEADER_JSON),
    ("header no JSON", raw(b"alg=RS256", dump(claims())), Reason.HEADER_JSON),
    (
        "header with a byte order mark",
        raw(b"\xef\xbb\xbf" + dump(header()), dump(claims())),
        Reason.HEADER_JSON,
    ),
    ("header not UTF-8", raw(b'{"alg":"\xff"}', dump(claims())), Reason.HEADER_JSON),
    ("header too deep", raw(b'{"a":' + b"[" * 500 + b"]" * 500 + b"}", dump(claims())), Reason.HEADER_JSON),
]

FORMS: list[tuple[str, Callable[[], str], Reason]] = [
    ("empty", lambda: "", Reason.SIZE),
    ("100 kB", lambda: "a" * 100_000, Reason.SIZE),
    ("one over the size", lambda: token() + "A" * (MAX_TOKEN + 1 - len(token())), Reason.SIZE),
    ("a word", lambda: "geheim", Reason.SEGMENTS),
    ("two segments", lambda: token().rsplit(".", 1)[0], Reason.SEGMENTS),
    ("four segments", lambda: token() + ".AAAA", Reason.SEGMENTS),
    ("five segments", lambda: "a.b.c.d.e", Reason.SEGMENTS),
    ("only dots", lambda: "..", Reason.ENCODING),
    ("no signature", lambda: token().rsplit(".", 1)[0] + ".", Reason.ENCODING),
    ("empty payload", lambda: token().split(".")[0] + "..AAAA", Reason.ENCODING),
    ("padding", lambda: es256() + "==", Reason.ENCODING),
    ("trailing bits", trailing_bits, Reason.ENCODING),
    ("a lone last character", lambda: token() + "AAA", Reason.ENCODING),
    ("standard alphabet", lambda: token()[:-4] + "+/+/", Reason.ENCODING),
    ("space before", lambda: " " + token(), Reason.ENCODING),
    ("line end after", lambda: token() + "\n", Reason.ENCODING),
    ("space inside", lambda: token()[:9] + " " + token()[9:], Reason.ENCODING),
    ("NUL inside", lambda: token()[:9] + "\0" + token()[9:], Reason.ENCODING),
    ("question mark inside", lambda: token()[:-9] + "?" + token()[-9:], Reason.ENCODING),
    ("letters outside ASCII", lambda: token()[:-1] + "é", Reason.ENCODING),
    ("digits of another script", lambda: token()[:-1] + "\u0663", Reason.ENCODING),
    ("lone surrogate", lambda: token()[:-1] + "\ud800", Reason.ENCODING),
    ("with the word Bearer", lambda: "Bearer " + token(), Reason.ENCODING),
]

SIGNATURES: list[tuple[str, Callable[[], str], Reason]] = [
    ("wrong key under a known kid", lambda: token(key=rsa_key(2048, 9)), Reason.SIGNATURE),
    ("wrong elliptic key", lambda: token(header(alg="ES256", kid="ec"), key=ec_key(9)), Reason.SIGNATURE),
    ("another token's header", lambda: swapped(2), Reason.SIGNATURE),
    ("another token's claims", lambda: swapped(1), Reason.SIGNATURE),
    ("cut signature", cut_signature, Reason.SIGNATURE),
    ("elliptic signature of the wrong length", der_signature, Reason.SIGNATURE),
    ("elliptic signature of zeros", lambda: es256().rsplit(".", 1)[0] + "." + "A" * 86, Reason.SIGNATURE),
    ("kid of the elliptic key for RS256", with_header(kid="ec"), Reason.KEY_MISMATCH),
    ("kid of the RSA key for ES256", lambda: token(header(alg="ES256"), key=ec_key()), Reason.KEY_MISMATCH),
]

CLAIMS: list[tuple[str, Callable[[], str], Reason]] = [
    *((f"no {name}", with_claims(**{name: None}), Reason.CLAIM_MISSING) for name in claims()),
    ("claims a list", raw(dump(header()), b"[]"), Reason.CLAIMS_JSON),
    ("claims a string", raw(dump(header()), b'"iss"'), Reason.CLAIMS_JSON),
    ("claims not UTF-8", raw(dump(header()), b'{"iss":"\xff"}'), Reason.CLAIMS_JSON),
    ("NUL in a claim", with_claims(sub="a\0b"), Reason.CLAIMS_JSON),
    ("lone surrogate in a claim", raw(dump(header()), twice("x", "\ud800")), Reason.CLAIMS_JSON),
    ("NaN", raw(dump(header()), dump(claims(exp=float("nan")))), Reason.CLAIMS_JSON),
    ("sub twice", raw(dump(header()), twice("sub", "other")), Reason.CLAIMS_JSON),
    ("roles twice", raw(dump(header()), twice("roles", ["coordinator"])), Reason.CLAIMS_JSON),
    ("wrong iss", with_claims(iss="https://evil.example"), Reason.ISSUER),
    ("iss with a slash", with_claims(iss="https://login.emmen.example/"), Reason.ISSUER),
    ("iss a list", with_claims(iss=["https://login.emmen.example"]), Reason.CLAIM_FORM),
    ("wrong aud", with_claims(aud="urn:other"), Reason.AUDIENCE),
    ("aud that begins like ours", with_claims(aud=AUDIENCE + "-test"), Reason.AUDIENCE),
    ("aud of others only", with_claims(aud=["urn:a", "urn:b"]), Reason.AUDIENCE),
    ("aud an empty list", with_claims(aud=[]), Reason.CLAIM_FORM),
    ("aud with a number", with_claims(aud=[AUDIENCE, 5]), Reason.CLAIM_FORM),
    ("aud nested", with_claims(aud=[[AUDIENCE]]), Reason.CLAIM_FORM),
    ("aud an object", with_claims(aud={AUDIENCE: True}), Reason.CLAIM_FORM),
    ("expired", with_claims(iat=SECOND - 60, nbf=SECOND - 60, exp=SECOND - 1), Reason.EXPIRED),
    ("ends this very second", with_claims(exp=SECOND), Reason.EXPIRED),
    ("nbf in the future", with_claims(nbf=SECOND + 31), Reason.NOT_YET_VALID),
    ("iat in the future", with_claims(iat=SECOND + 31), Reason.NOT_YET_VALID),
    ("a life of a day and a second", with_claims(exp=SECOND + 86_401), Reason.LIFE),
    ("a life of 25 hours, half spent", with_claims(iat=SECOND - 43_200, exp=SECOND + 46_800), Reason.LIFE),
    ("exp true", with_claims(exp=True), Reason.CLAIM_FORM),
    ("exp a string", with_claims(exp=str(SECOND + 60)), Reason.CLAIM_FORM),
    ("exp with a fraction", with_claims(exp=SECOND + 60.5), Reason.CLAIM_FORM),
    ("exp a whole float", with_claims(exp=float(SECOND + 60)), Reason.CLAIM_FORM),
    ("exp below zero", with_claims(exp=-1), Reason.CLAIM_FORM),
    ("exp beyond the calendar", with_claims(exp=10**15), Reason.CLAIM_FORM),
    ("exp null", raw(dump(header()), dump(claims() | {"exp": None})), Reason.CLAIM_FORM),
    ("iat false", with_claims(iat=False), Reason.CLAIM_FORM),
    ("nbf a list", with_claims(nbf=[SECOND]), Reason.CLAIM_FORM),
    ("sub empty", with_claims(sub=""), Reason.CLAIM_FORM),
    ("sub a number", with_claims(sub=12), Reason.CLAIM_FORM),
    ("sub too long", with_claims(sub="s" * 256), Reason.CLAIM_FORM),
    ("sub with a line end", with_claims(sub="a\nb"), Reason.CLAIM_FORM),
    ("sub turning the text around", with_claims(sub="a\u202eb"), Reason.CLAIM_FORM),
    ("jti empty", with_claims(jti=""), Reason.CLAIM_FORM),
    ("jti an object", with_claims(jti={"id": 1}), Reason.CLAIM_FORM),
    ("org of somebody else", with_claims(org="gemeente-assen"), Reason.ORGANISATION),
    ("org in capitals", with_claims(org="Gemeente-Emmen"), Reason.CLAIM_FORM),
    ("org a list", with_claims(org=["gemeente-emmen"]), Reason.CLAIM_FORM),
    ("org with a line end", with_claims(org="gemeente-emmen\n"), Reason.CLAIM_FORM),
    ("roles a string", with_claims(roles="employee"), Reason.CLAIM_FORM),
    ("roles empty", with_claims(roles=[]), Reason.CLAIM_FORM),
    ("roles nested", with_claims(roles=[["employee"]]), Reason.CLAIM_FORM),
    ("roles an object", with_claims(roles={"employee": True}), Reason.CLAIM_FORM),
    ("33 roles", with_claims(roles=["employee"] * 33), Reason.CLAIM_FORM),
    ("a role nobody knows", with_claims(roles=["employee", "superuser"]), Reason.ROLE_UNKNOWN),
    ("a role in capitals", with_claims(roles=["Employee"]), Reason.ROLE_UNKNOWN),
    ("a role this issuer may not give", with_claims(roles=["employee", "auditor"]), Reason.ROLE_NOT_GIVEN),
    ("a form that is a person too", with_claims(roles=["intranet_form", "coordinator"]), Reason.ROLES_MIXED),
    ("a person with the form's scope", with_claims(scope="openid intranet_form"), Reason.ROLES_MIXED),
    ("a person with the platform's scope", with_claims(scope=["platform"]), Reason.ROLES_MIXED),
    ("a scope of a client that is nobody", with_claims(scope="intranet_form", roles=None), Reason.KIND),
    ("a person whose client is another", with_claims(roles=["intranet_form"], client_id="a"), Reason.KIND),
    ("a client with a person's role", with_claims(client_id="s-1234"), Reason.ROLES_MIXED),
    ("a client without a role", with_claims(client_id="s-1234", roles=None), Reason.ROLE_NONE),
    (
        "a client that is form and platform",
        with_claims(client_id="s-1234", roles=None, scope="platform intranet_form"),
        Reason.ROLES_MIXED,
    ),
    (
        "a platform of an issuer that has none",
        with_claims(client_id="s-1234", roles=None, scope="platform"),
        Reason.ROLE_NOT_GIVEN,
    ),
    ("scope a number", with_claims(scope=5), Reason.CLAIM_FORM),
    ("scope null", raw(dump(header()), dump(claims() | {"scope": None})), Reason.CLAIM_FORM),
    ("scope with a line end in a list", with_claims(scope=["a\n"]), Reason.CLAIM_FORM),
]

FORGED = HEADERS + FORMS + SIGNATURES + CLAIMS
