"""Wycheproof's JWS and JWK vectors against our front: no forged signature passes, good ones do."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.errors import Unauthenticated
from app.identity.compact import ALGORITHMS, base64url, split
from app.identity.keysets import KeySetRefused, read_keys
from app.identity.tokens import signed_payload

from .forge import dump

FOLDER = Path(__file__).parents[3] / "shared" / "vectors" / "wycheproof"
FILES = ("json_web_signature_test.json", "json_web_key_test.json", "json_web_crypto_test.json")
STRICTER = {"emptyPayload"}
"""Valid to Wycheproof; a token without claims is none here."""
OUT_OF_REACH = {"rejectsKeyWithRocaVulnerability"}
"""A key weak from birth: only keys of listed issuers come this far, and these must look to their own."""


def cases() -> list[Any]:
    found = []
    for name in FILES:
        path = FOLDER / name
        groups = json.loads(path.read_bytes())["testGroups"] if path.is_file() else []
        for group in groups:
            found += [
                pytest.param(
                    group.get("public"), test, id=f"{name.split('_')[2]}-{test['tcId']}-{test['comment']}"
                )
                for test in group["tests"]
                if isinstance(test.get("jws"), str)
            ]
    return found


def accepted(text: str, public: dict[str, Any] | None) -> bool:
    """Whether `text` passes form and signature with the one key its header names."""
    entries = (public or {}).get("keys", [public])
    named = [entry | {"kid": entry.get("kid", "only")} for entry in entries if entry]
    try:
        header, _, _ = split(text)
        keys = read_keys(dump({"keys": named}))
        key = keys.get(json.loads(header).get("kid", "only"))
        return key is not None and signed_payload(text, key) is not None
    except (Unauthenticated, KeySetRefused, ValueError):
        return False


@pytest.mark.skipif(not FOLDER.is_dir(), reason="../shared/vectors/wycheproof is not here")
def test_the_vectors_are_read() -> None:
    assert len(cases()) > 400


@pytest.mark.parametrize(("public", "test"), cases())
def test_vector(public: dict[str, Any] | None, test: dict[str, Any]) -> None:
    if test["comment"] in OUT_OF_REACH:
        return
    head = test["jws"].split(".")[0]
    named = json.loads(base64url(head) or b"{}").get("alg") if test["result"] == "valid" else None
    expected = public is not None and named in ALGORITHMS and test["comment"] not in STRICTER
    assert accepted(test["jws"], public) is expected
