"""Statements on the vault's tables: the key directory, the generations of wraps, sealed records."""

from datetime import datetime

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.vault.directory import Signed
from app.vault.models import KeyDirectoryVersion


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
