"""Statements on the vault's tables: the key directory, the generations of wraps, sealed records."""

from datetime import datetime

from sqlalchemy import bindparam, insert, literal, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.crypto import envelope
from app.database import AnyRow
from app.vault import vouched
from app.vault.directory import Signed
from app.vault.models import KeyDirectoryVersion, SealedPart
from app.vault.vouched import Label

BATCH = 200


async def keep_directory(connection: AsyncConnection, version: int, signed: Signed, at: datetime) -> None:
    """Store a signed directory under its version, once."""
    known = await connection.execute(
        select(KeyDirectoryVersion.version).where(KeyDirectoryVersion.version == version)
    )
    if known.first() is None:
        await connection.execute(
            insert(KeyDirectoryVersion).values(
                version=version, document=signed.document, signature=signed.signature, stored_at=at
            )
        )


async def open_generation(connection: AsyncConnection, generation: str) -> None:
    """Make the partition that holds the wraps of this generation, once. Raises ValueError for another name."""
    if not (generation.isascii() and generation.isalnum()):
        raise ValueError("not a generation")
    partition = f"wraps.wraps_{generation}"
    known = await connection.execute(text("select to_regclass(:name)"), {"name": partition})
    if known.scalar_one() is not None:
        return
    for statement in (
        f"create table {partition} partition of wraps.wraps for values in ('{generation}')",
        # No policy of its own: the only way in is wraps.wraps, whose policies hold there.
        f"alter table {partition} enable row level security",
        f"alter table {partition} force row level security",
        f"grant select on {partition} to meldpunt_backup",
    ):
        await connection.execute(text(statement))


async def newest_directory(connection: AsyncConnection) -> Signed | None:
    """The signed directory with the highest version; it counts only after its signature is checked."""
    found = (
        await connection.execute(
            select(KeyDirectoryVersion.document, KeyDirectoryVersion.signature)
            .order_by(KeyDirectoryVersion.version.desc())
            .limit(1)
        )
    ).first()
    return None if found is None else Signed(found.document, found.signature)


async def vouch(connection: AsyncConnection, vouching: bytes) -> int:
    """Give every sealed part that has no MAC its own; how many. For the owner, in a transaction of the caller's.

    It believes what it finds, so it is for the one upgrade from a desk that made no MACs, and for nothing after it.
    """
    await connection.execute(text("alter table sealed_parts no force row level security"))
    done, rest = 0, _UNVOUCHED
    while found := (await connection.execute(rest)).all():
        await connection.execute(_VOUCH, [_vouched_row(row, vouching) for row in found])
        done += len(found)
        last = tuple_(*(literal(getattr(found[-1], column.key)) for column in _PLACE))
        rest = _UNVOUCHED.where(tuple_(*_PLACE) > last)
    await connection.execute(text("alter table sealed_parts force row level security"))
    return done


_PLACE = (SealedPart.record_id, SealedPart.version, SealedPart.part)
_UNVOUCHED = (
    select(*SealedPart.__table__.columns).where(SealedPart.mac.is_(None)).order_by(*_PLACE).limit(BATCH)
)
_VOUCH = (
    update(SealedPart)
    .where(
        SealedPart.record_id == bindparam("of_record"),
        SealedPart.version == bindparam("of_version"),
        SealedPart.part == bindparam("of_part"),
    )
    .values(mac=bindparam("made"))
)


def _vouched_row(row: AnyRow, vouching: bytes) -> dict[str, object]:
    label = Label(row.kind, row.record_id, row.signal_id, row.organisation_id, row.version)
    part = envelope.SealedPart(row.part, row.suite, row.commitment, row.ciphertext)
    made = vouched.mac(vouching, label, part)
    return {"of_record": row.record_id, "of_version": row.version, "of_part": row.part, "made": made}
