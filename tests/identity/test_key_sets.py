"""Which keys of an issuer's set are used, and that one odd entry never harms the others (cases.md A9)."""

import pytest

from app.errors import Unauthenticated
from app.identity.keysets import MAX_DOCUMENT, KeySetRefused, read_keys
from app.identity.reasons import Reason
from app.identity.tokens import TokenVerifier

from .forge import KeyServer, b64, dump, ec_key, header, jwk_of, rsa_key, token

pytestmark = pytest.mark.anyio

GOOD = jwk_of(rsa_key(), "rsa")
POINT = jwk_of(ec_key(), "ec")
EVEN = b64(b"\xff" * 255 + b"\xfe")

OFF_THE_CURVE = POINT | {"kid": "off", "y": b64(bytes(31) + b"\x07")}

ODD_ENTRIES: dict[str, object] = {
    "an OKP key": {"kty": "OKP", "crv": "Ed25519", "kid": "okp", "x": b64(bytes(32)), "use": "sig"},
    "a post-quantum key": {"kty": "AKP", "alg": "ML-DSA-44", "kid": "akp", "pub": b64(bytes(1312))},
    "a key without kid": {name: value for name, value in GOOD.items() if name != "kid"},
    "a key for encryption": jwk_of(rsa_key(2048, 1), "enc") | {"use": "enc"},
    "an encryption key under the same kid": jwk_of(rsa_key(2048, 1), "rsa") | {"use": "enc"},
    "a key that only signs": jwk_of(rsa_key(2048, 1), "ops") | {"key_ops": ["sign"]},
    "a bare string": "key",
    "a number": 5,
    "nothing": None,
    "a list": [GOOD],
    "an empty object": {},
    "a kid that is a number": GOOD | {"kid": 7},
    "a kid too long": GOOD | {"kid": "k" * 256},
    "a kty that is a list": GOOD | {"kid": "k", "kty": ["RSA"]},
    "a symmetric key": {"kty": "oct", "kid": "oct", "k": b64(bytes(32)), "alg": "HS256"},
    "an RSA key for another algorithm": GOOD | {"kid": "k", "alg": "RS512"},
    "an RSA key with a padded number": GOOD | {"kid": "k", "e": "AQAB="},
    "an RSA key without number": {"kty": "RSA", "kid": "k", "e": "AQAB"},
    "an even RSA number": GOOD | {"kid": "k", "n": EVEN},
    "an RSA exponent of one": GOOD | {"kid": "k", "e": "AQ"},
    "an RSA exponent of three": GOOD | {"kid": "k", "e": "Aw"},
    "an RSA number of 20 000 bits": GOOD | {"kid": "k", "n": b64(b"\xff" * 2500)},
    "a private key": GOOD | {"kid": "k", "d": b64(bytes(256))},
    "a point too short": POINT | {"kid": "k", "x": b64(bytes(31))},
    "a curve P-384": POINT | {"kid": "k", "crv": "P-384"},
    "an elliptic key for ES384": POINT | {"kid": "k", "alg": "ES384"},
}


@pytest.mark.parametrize("odd", [pytest.param(entry, id=name) for name, entry in ODD_ENTRIES.items()])
async def test_the_rsa_key_keeps_working_beside(
    verifier: TokenVerifier, server: KeyServer, odd: object
) -> None:
    server.holds(odd, GOOD)
    assert await verifier.verify(token())


async def test_all_odd_entries_together_leave_the_good_keys(
    verifier: TokenVerifier, server: KeyServer
) -> None:
    server.holds(*ODD_ENTRIES.values(), POINT, GOOD, *ODD_ENTRIES.values())
    assert await verifier.verify(token())
    assert await verifier.verify(token(header(alg="ES256", kid="ec"), key=ec_key()))


@pytest.mark.parametrize("odd", [pytest.param(entry, id=name) for name, entry in ODD_ENTRIES.items()])
def test_no_usable_key_comes_of(odd: object) -> None:
    with pytest.raises(KeySetRefused, match="no_usable_key"):
        read_keys(dump({"keys": [odd]}))


async def test_a_point_off_the_curve_proves_nothing(verifier: TokenVerifier, server: KeyServer) -> None:
    server.holds(OFF_THE_CURVE, GOOD)
    with pytest.raises(Unauthenticated) as refused:
        await verifier.verify(token(header(alg="ES256", kid="off"), key=ec_key()))
    assert refused.value.reason == Reason.SIGNATURE
    assert await verifier.verify(token())


async def test_an_rsa_key_of_1024_bits_is_no_key(verifier: TokenVerifier, server: KeyServer) -> None:
    server.holds(jwk_of(rsa_key(1024), "small"), GOOD)
    with pytest.raises(Unauthenticated) as refused:
        await verifier.verify(token(header(kid="small"), key=rsa_key(1024)))
    assert refused.value.reason == Reason.KEY_UNKNOWN


async def test_two_keys_of_one_name_are_both_refused(verifier: TokenVerifier, server: KeyServer) -> None:
    server.holds(jwk_of(rsa_key(2048, 1), "same"), jwk_of(rsa_key(), "same"), GOOD)
    for key in (rsa_key(), rsa_key(2048, 1)):
        with pytest.raises(Unauthenticated) as refused:
            await verifier.verify(token(header(kid="same"), key=key))
        assert refused.value.reason == Reason.KEY_UNKNOWN


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{",
        b"[]",
        b'"keys"',
        b"{}",
        b'{"keys": {}}',
        b'{"keys": "rsa"}',
        b'{"keys": [], "keys": []}',
        b"\xff\xfe{}",
        b"<html></html>",
        b"[" * MAX_DOCUMENT,
    ],
)
def test_what_is_no_key_set_is_refused(document: bytes) -> None:
    with pytest.raises(KeySetRefused, match="not_a_key_set"):
        read_keys(document)


def test_a_key_keeps_public_members_only() -> None:
    key = read_keys(dump({"keys": [GOOD | {"x5c": ["MIIB"], "x5u": "https://evil.example"}]}))["rsa"]
    assert {name for name, _ in key.jwk} == {"kty", "n", "e"}
