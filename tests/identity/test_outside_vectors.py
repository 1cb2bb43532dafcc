"""Wycheproof's JWS and JWK vectors against our front: no forged signature passes, good ones do."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.errors import Unauthenticated
from app.identity.compact import ALGORITHMS, base64url, split
from app.identity.keysets import KeySetRefused, read_keys
from app.identity.reasons import Reason
from app.identity.tokens import TokenVerifier, signed_payload

from .forge import Clock, KeyServer, dump, issuer

FOLDER = Path(__file__).parents[3] / "shared" / "vectors" / "wycheproof"
FILES = ("json_web_signature_test.json", "json_web_key_test.json", "json_web_crypto_test.json")
STRICTER = {"emptyPayload"}
"""Valid to Wycheproof; a token without claims is none here."""
OUT_OF_REACH = {"rejectsKeyWithRocaVulnerability"}
"""A key weak from birth: only keys of listed issuers come this far, and these must look to their own."""


def cases() -> list[Any]:
    """Each vector with the keys of its group: what is private or symmetric is published here too, and must not count."""
    found = []
    for name in FILES:
        path = FOLDER / name
        groups = json.loads(path.read_bytes())["testGroups"] if path.is_file() else []
        for group in groups:
            published = group.get("public") or group["private"]
            found += [
                pytest.param(published, test, id=f"{name.split('_')[2]}-{test['tcId']}-{test['comment']}")
                for test in group["tests"]
            ]
    return found


def entries_of(published: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry | {"kid": entry.get("kid", "only")} for entry in published.get("keys", [published])]


def accepted(text: str, published: dict[str, Any]) -> bool:
    """Whether `text` passes form and signature with the one key its header names."""
    try:
        header, _, _ = split(text)
        keys = read_keys(dump({"keys": entries_of(published)}))
        key = keys.get(json.loads(header).get("kid", "only"))
        return key is not None and signed_payload(text, key) is not None
    except (Unauthenticated, KeySetRefused, ValueError):
        return False


def text_of(test: dict[str, Any]) -> str:
    """The token of a vector: compact, encrypted, or in the JSON form written out."""
    shown = test.get("jws", test.get("jwe"))
    return shown if isinstance(shown, str) else json.dumps(shown)


@pytest.mark.skipif(not FOLDER.is_dir(), reason="../shared/vectors/wycheproof is not here")
def test_the_vectors_are_read() -> None:
    assert len(cases()) > 500


@pytest.mark.parametrize(("published", "test"), cases())
def test_vector(published: dict[str, Any], test: dict[str, Any]) -> None:
    if test["comment"] in OUT_OF_REACH:
        return
    text = text_of(test)
    head = base64url(text.split(".")[0]) if test["result"] == "valid" else None
    good = json.loads(head or b"{}").get("alg") in ALGORITHMS and test["comment"] not in STRICTER
    assert accepted(text, published) is good


@pytest.mark.anyio
@pytest.mark.skipif(not FOLDER.is_dir(), reason="../shared/vectors/wycheproof is not here")
async def test_through_the_whole_front_none_of_them_calls_and_none_breaks_it() -> None:
    """Good signatures too: what they sign are no claims of anybody."""
    with KeyServer() as server:
        for case in cases():
            published, test = case.values
            server.holds(*entries_of(published))
            with pytest.raises(Unauthenticated) as refused:
                await TokenVerifier([issuer(server.url)], Clock()).verify(text_of(test))
            assert refused.value.reason in set(Reason)
