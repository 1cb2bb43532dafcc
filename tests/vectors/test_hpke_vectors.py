"""Our keys and suite against outside HPKE vectors.

The library seals with randomness of its own, so the vectors run through opening. ML-KEM-768+X25519 comes with
ChaCha20-Poly1305 there: it proves KEM, root and HKDF of ours; AES-256-GCM with the same HKDF is proved by the
X25519 vector of RFC 9180. The desk binds `info` and no AAD; the vectors do, hence the inner function.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.bindings._rust import openssl
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from app.crypto.hpke import PrivateKey

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "vectors" / "hpke"
HYBRID, X25519, HKDF_SHA256, AES_256_GCM, CHACHA = 0x647A, 0x20, 1, 2, 3


def vectors(name: str, kem: int, aead: int) -> list[dict[str, Any]]:
    file = FOLDER / name
    if not file.is_file():
        pytest.skip("the outside vectors are not beside the project (../shared/vectors)")
    found: list[dict[str, Any]] = [
        vector
        for vector in json.loads(file.read_text())
        if (vector["kem_id"], vector["kdf_id"], vector["aead_id"]) == (kem, HKDF_SHA256, aead)
    ]
    assert found
    return found


def test_a_root_makes_the_pair_of_the_hybrid_vector() -> None:
    for vector in vectors("hpke-pq-test-vectors.json", HYBRID, CHACHA):
        private = PrivateKey.from_root(bytes.fromhex(vector["skRm"]))
        assert private.public.raw.hex() == vector["pkRm"]


def test_our_private_key_opens_the_hybrid_vector() -> None:
    suite = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
    for vector in vectors("hpke-pq-test-vectors.json", HYBRID, CHACHA):
        private = PrivateKey.from_root(bytes.fromhex(vector["skRm"]))
        first = vector["encryptions"][0]
        sealed = bytes.fromhex(vector["enc"] + first["ct"])
        opened = openssl.hpke._decrypt_with_aad(
            suite, sealed, private.library, bytes.fromhex(vector["info"]), bytes.fromhex(first["aad"])
        )
        assert opened.hex() == first["pt"]


def test_the_library_opens_rfc_9180_with_our_kdf_and_aead() -> None:
    suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    for vector in vectors("rfc9180-base-subset.json", X25519, AES_256_GCM):
        private = X25519PrivateKey.from_private_bytes(bytes.fromhex(vector["skRm"]))
        first = vector["encryptions"][0]
        sealed = bytes.fromhex(vector["enc"] + first["ct"])
        opened = openssl.hpke._decrypt_with_aad(
            suite, sealed, private, bytes.fromhex(vector["info"]), bytes.fromhex(first["aad"])
        )
        assert opened.hex() == first["pt"]
