"""Our functions against Wycheproof: what is valid passes, what is forged or malformed is refused."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.crypto import aead, signing
from app.crypto.aead import CannotOpen
from app.crypto.derive import hkdf

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "vectors" / "wycheproof"


def groups(name: str) -> list[dict[str, Any]]:
    file = FOLDER / name
    if not file.is_file():
        pytest.skip("the outside vectors are not beside the project (../shared/vectors)")
    found: list[dict[str, Any]] = json.loads(file.read_text())["testGroups"]
    return found


def cases(name: str, **wanted: int) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for group in groups(name):
        if all(group[key] == value for key, value in wanted.items()):
            for case in group["tests"]:
                yield group, case


def test_aes_256_gcm_opens_the_valid_and_refuses_the_rest() -> None:
    seen = {"valid": 0, "invalid": 0}
    for _, case in cases("aes_gcm_test.json", keySize=256, ivSize=96, tagSize=128):
        key, aad = bytes.fromhex(case["key"]), bytes.fromhex(case["aad"])
        sealed = bytes.fromhex(case["iv"] + case["ct"] + case["tag"])
        seen[case["result"]] += 1
        if case["result"] == "valid":
            assert aead.open_sealed(key, sealed, aad).hex() == case["msg"], case["tcId"]
        else:
            with pytest.raises(CannotOpen):
                aead.open_sealed(key, sealed, aad)
    assert min(seen.values()) > 5


def test_hkdf_sha256_gives_the_expected_bytes_and_refuses_too_many() -> None:
    seen = {"valid": 0, "invalid": 0}
    for _, case in cases("hkdf_sha256_test.json"):
        ikm, salt, info = (bytes.fromhex(case[name]) for name in ("ikm", "salt", "info"))
        seen[case["result"]] += 1
        if case["result"] == "valid":
            assert hkdf(ikm, salt, info, case["size"]).hex() == case["okm"], case["tcId"]
        else:
            with pytest.raises(ValueError, match="derive"):
                hkdf(ikm, salt, info, case["size"])
    assert min(seen.values()) > 0


def test_ed25519_verifies_the_valid_and_refuses_the_rest() -> None:
    seen = {"valid": 0, "invalid": 0}
    for group, case in cases("ed25519_test.json"):
        public = bytes.fromhex(group["publicKey"]["pk"])
        message, signature = bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"])
        seen[case["result"]] += 1
        assert signing.verify(public, message, signature) == (case["result"] == "valid"), case["tcId"]
    assert min(seen.values()) > 5
