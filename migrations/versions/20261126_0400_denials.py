"""The deny list is vouched for: a number without gaps, a MAC over every field, one over what intake is handed.

The keys are not at hand here: `meldpunt migrate` vouches for the rows of before after this.
"""

import sqlalchemy as sa
from alembic import op

revision = "1a5c0de0d010"
down_revision = "1a5c0de0b030"
branch_labels = None
depends_on = None

NUMBERED = """
update denials set number = counted.number from (
    select id, row_number() over (partition by organisation_id order by denied_at, id) as number from denials
) counted where counted.id = denials.id
"""
# Of rows that keep out the same person the first stays: the others end where they began.
TWICE = """
update denials set lifted_at = denied_at, lifted_by = denied_by
where lifted_at is null and exists (
    select from denials first
    where first.organisation_id = denials.organisation_id and first.subject = denials.subject
        and first.lifted_at is null and (first.denied_at, first.id) < (denials.denied_at, denials.id)
)
"""
# All rows: whether a lifting counts is for who has the key to say.
DENIED = """
create function denied() returns table (id uuid, person bytea, lifted_at timestamptz, mac bytea)
language sql stable security definer set search_path = pg_catalog as $$
    select d.id, d.person, d.lifted_at, d.door_mac from public.denials d
$$
"""


def upgrade() -> None:
    """Three columns, one open row for each person, who may write which, and the door function that hands them over."""
    op.execute("alter table denials no force row level security")
    op.add_column("denials", sa.Column("number", sa.Integer(), nullable=True))
    op.execute(NUMBERED)
    op.execute(TWICE)
    op.alter_column("denials", "number", nullable=False)
    for name in ("mac", "door_mac"):
        op.add_column(
            "denials", sa.Column(name, sa.LargeBinary(), nullable=False, server_default=sa.text("''"))
        )
        op.alter_column("denials", name, server_default=None)
    op.execute("alter table denials force row level security")
    op.drop_index("ix_denials_subject", "denials")
    op.create_index(
        "uq_denials_open",
        "denials",
        ["organisation_id", "subject"],
        unique=True,
        postgresql_where=sa.text("lifted_at is null"),
    )
    op.create_unique_constraint(op.f("uq_denials_organisation_id"), "denials", ["organisation_id", "number"])
    op.execute("grant update (mac, door_mac) on denials to meldpunt_app")
    op.execute("revoke select on denials from meldpunt_worker")
    op.execute("grant select on denials to meldpunt_worker")
    op.execute("grant select (id, door_mac) on denials to meldpunt_door")
    # The function is the door's own, and only its owner may take it away.
    op.execute("set local role meldpunt_door")
    op.execute("drop function denied()")
    op.execute("set local role meldpunt_owner")
    op.execute(DENIED)
    op.execute("revoke all on function denied() from public")
    op.execute("grant execute on function denied() to meldpunt_intake")
    op.execute("alter function denied() owner to meldpunt_door")
