"""Erasures: the declaration that stays of a destroyed report, and the one delete that the desk may do.

Nothing is deleted of which there is no declaration, and none is written without a used approval for that very case.
"""

import sqlalchemy as sa
from alembic import op

revision = "1a5c0de0e010"
down_revision = "1a5c0de09020"
branch_labels = None
depends_on = None

ME = "nullif(current_setting('meldpunt.organisation', true), '')"
APPROVED = """exists (
    select 1 from approvals a
    join approval_uses u on u.approval_id = a.id
    join cases c on c.id = a.case_id
    where a.id = erasures.approval_id and a.kind = 'erasure' and a.organisation_id = erasures.organisation_id
        and a.case_id = erasures.case_id and c.signal_id = erasures.signal_id
        and c.kind = 'triage' and c.state = 'closed'
)"""
DECLARED = """exists (
    select 1 from erasures e
    where e.signal_id = signals.id and e.organisation_id = signals.organisation_id
)"""
ERASE = """
create function erase_signal(wanted uuid) returns setof uuid
language sql volatile security definer set search_path = pg_catalog as $$
    delete from public.signals where id = wanted returning id
$$
"""


def upgrade() -> None:
    """One table, who may write it, and what may be destroyed."""
    op.create_table(
        "erasures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("approval_id", sa.Uuid(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("supplies", sa.LargeBinary(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beyond_backups_on", sa.Date(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_erasures_organisation_id_organisations")
        ),
        sa.UniqueConstraint("approval_id", name=op.f("uq_erasures_approval_id")),
    )
    op.create_index("ix_erasures_organisation", "erasures", ["organisation_id", "erased_at", "id"])
    op.create_index("ix_erasures_signal_id", "erasures", ["signal_id"])
    op.execute("alter table erasures enable row level security")
    op.execute("alter table erasures force row level security")
    op.execute(
        f"create policy select_app on erasures for select to meldpunt_app using (organisation_id = {ME})"
    )
    op.execute(
        "create policy insert_app on erasures for insert to meldpunt_app"
        f" with check (organisation_id = {ME} and {APPROVED})"
    )
    op.execute("grant select, insert on erasures to meldpunt_app")
    op.execute("grant select on erasures to meldpunt_backup")
    op.execute(
        "create trigger append_only before delete or update or truncate on erasures"
        " for each statement execute function refuse_change()"
    )
    destroying()


def destroying() -> None:
    """The one delete there is, behind a function: a right to delete would also be one to lock the whole table."""
    op.execute("create policy select_door on erasures for select to meldpunt_door using (true)")
    op.execute("grant select (signal_id, organisation_id) on erasures to meldpunt_door")
    op.execute(
        "create policy delete_door on signals for delete to meldpunt_door"
        f" using (organisation_id = {ME} and {DECLARED})"
    )
    op.execute("grant delete on signals to meldpunt_door")
    op.execute(ERASE)
    op.execute("revoke all on function erase_signal(uuid) from public")
    op.execute("grant execute on function erase_signal(uuid) to meldpunt_app")
    op.execute("alter function erase_signal(uuid) owner to meldpunt_door")
