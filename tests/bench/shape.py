"""What one report makes, taken from the desk itself: its rows, their sizes, its seals; for the bare contenders."""

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PublicKey, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from app import idempotency
from app.audit import entries
from app.clock import now
from app.crypto import receipt
from app.crypto.hpke import PrivateKey
from app.database import RowOf, insert_sql, table_name
from app.http.body import parse
from app.identity.actor import Actor, Kind
from app.intake import rows, sorting, submit
from app.intake.parts import Who
from app.intake.terms import Desk, Term
from app.organisations.participants import keyholders, load
from app.signals.report import Report
from app.vault.directory import Directory, Entry, State
from app.vault.keys import KeyRing
from app.vault.ring import Vault

SCHEMA = "bare"
SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
CONTENT = {"content", "minimised", "reporter", "identifiers"}


class KnownDirectory(Vault):
    """A vault that needs no files: a directory of fresh keys."""

    def __init__(self) -> None:
        entries_ = tuple(
            Entry(holder, "2026q4", 1, PrivateKey.from_root(secrets.token_bytes(32)).public.raw, State.ACTIVE)
            for holder in sorted(keyholders(load()))
        )
        self._known = Directory(1, entries_)

    @property
    def directory(self) -> Directory:
        return self._known

    @property
    def ring(self) -> KeyRing:
        return KeyRing(bytes(32), bytes(32))


def sample(body: bytes) -> list[RowOf]:
    """The rows one report of Emmen makes, as the desk would insert them."""
    known = Desk(KnownDirectory(), "provincie-drenthe")
    ends = now().date().replace(year=now().year + 1)
    known.terms = tuple(
        Term("gemeente-emmen", queue, None, "direct", "riec_partner", ends)
        for queue in ("riec-noord-nederland", "rudd")
    )
    arrived = sorting.arrival(parse(Report, body), Who("gemeente-emmen", "d-0123456789abcdef"), now())
    unlocked = receipt.unlock(receipt.ReceiptCode("0" * 20), secrets.token_bytes(32))
    arrived = replace(arrived, lookup=unlocked.lookup, receipt_public=unlocked.private.public.raw)
    sorted_ = sorting.sort(arrived, known)
    sealed = submit.seal(arrived, sorted_, known)
    once = idempotency.once(secrets.token_bytes(32), "signals", ("a", "b"), "c" * 22, body)
    act = entries.Act(
        "signal_submitted", "signal", str(arrived.id), signal_id=arrived.id, record=sealed.digest
    )
    line = entries.line(Actor(Kind.REPORTER, None), None, act, now(), secrets.token_hex(16))
    return [
        *rows.rows(arrived, sorted_, sealed, known),
        once.row(arrived.id, now()),
        *entries.rows([line]),
    ]


class Sealer:
    """One report's work with the bare libraries, in the numbers and sizes of the sample."""

    def __init__(self, body: bytes) -> None:
        self.rows = sample(body)
        self.sql = insert_sql(self.rows).replace("insert into ", f"insert into {SCHEMA}.")
        self.sql = self.sql.replace(f"{SCHEMA}.wraps.wraps", f"{SCHEMA}.wraps")
        mlkem = MLKEM768PrivateKey.generate().public_key()
        self.public = MLKEM768X25519PublicKey(mlkem, X25519PrivateKey.generate().public_key())
        self.tokens: dict[bytes, str] = {}
        self.key = secrets.token_bytes(32)

    def check(self, header: str) -> None:
        """A known token costs a digest; the desk's first look is not what is measured."""
        self.tokens.setdefault(hashlib.sha256(header.encode()).digest(), "d-0123456789abcdef")

    def values(self, *, with_crypto: bool) -> list[Any]:
        """Fresh values of the sample's shape: new ids, and where asked freshly sealed bytes."""
        fresh: dict[Any, Any] = {}
        found: list[Any] = []
        for _, row in self.rows:
            sealed = self._sealed(row) if with_crypto else {}
            for name, value in row.items():
                if name in sealed:
                    found.append(sealed[name])
                elif isinstance(value, uuid.UUID):
                    found.append(fresh.setdefault(value, uuid.uuid4()))
                elif name in {"lookup", "key", "reference"}:
                    known = fresh.setdefault((name, value), secrets.token_bytes(16))
                    found.append(known.hex()[:11] if isinstance(value, str) else known * 2)
                else:
                    found.append(value)
        if with_crypto:
            self._receipt()
        return found

    def _sealed(self, row: Mapping[str, Any]) -> dict[str, bytes]:
        if "ciphertext" in row:
            key, nonce = secrets.token_bytes(32), secrets.token_bytes(12)
            inner = HKDFExpand(SHA256(), 32, b"seal").derive(key)
            text = AESGCM(inner).encrypt(nonce, bytes(len(row["ciphertext"]) - 28), b"associated data")
            commitment = HKDFExpand(SHA256(), 32, b"commit").derive(key)
            hashlib.sha256(text).digest()
            mac = hmac.digest(self.key, hashlib.sha256(nonce + text).digest() + bytes(160), "sha256")
            return {"ciphertext": nonce + text, "commitment": commitment, "mac": mac}
        if "wrap" in row:
            keys = secrets.token_bytes(32 * len(row["parts"]))
            return {"wrap": bytes(9) + SUITE.encrypt(keys, self.public, info=b"info" * 40)}
        if "salt" in row:
            salt = secrets.token_bytes(32)
            hmac.digest(salt, b"actor", "sha256")
            return {"salt": salt}
        return {}

    def _receipt(self) -> None:
        code = hmac.digest(self.key, secrets.token_bytes(40), "sha256")[:20]
        for label in (b"lookup", b"root"):
            root = HKDF(SHA256(), 32, self.key, label).derive(code)
        seed = hashlib.shake_256(root).digest(96)
        MLKEM768PrivateKey.from_seed_bytes(seed[:64]).public_key().public_bytes_raw()
        X25519PrivateKey.from_private_bytes(seed[64:]).public_key().public_bytes_raw()
        for _ in range(2):
            hmac.digest(self.key, bytes(200), "sha256")

    def tables(self) -> list[str]:
        """Statements that make tables of the same columns and indexes, without policies, triggers, references."""
        names = {table_name(table) for table, _ in self.rows}
        made = [f"create schema if not exists {SCHEMA}"]
        for name in sorted(names):
            short = name.rpartition(".")[2]
            made.append(f"create table if not exists {SCHEMA}.{short} (like {name} including indexes)")
        return made
