"""Reports of one owner that are told alike: the worker writes the marks, a coordinator asks and tells two apart.

`ask_duplicates` answers for triage cases of the caller's own organisation alone, from both sides. It reads at most a
hundred rows for each mark of the case that is asked about.
"""

import sqlalchemy as sa
from alembic import op

revision = "1a5c0de09020"
down_revision = "1a5c0de0d020"
branch_labels = None
depends_on = None

ME = "nullif(current_setting('meldpunt.organisation', true), '')"
OWN_TRIAGE = f"c.holder = {ME} and c.organisation_id = {ME} and c.kind = 'triage' and not c.returned"
ASK = f"""
create function ask_duplicates(asked uuid) returns table (case_id uuid, shared bigint, kinds text[])
language sql stable security definer set search_path = pg_catalog as $$
    with mine as (
        select c.signal_id from public.cases c where c.id = asked and {OWN_TRIAGE}
    ), alike as (
        select n.signal_id, w.key_version, count(*) as shared
        from mine m
        join public.blind_wording w on w.signal_id = m.signal_id
        cross join lateral (
            select x.signal_id from public.blind_wording x
            where x.token = w.token and x.day between w.day - 90 and w.day + 90 and x.signal_id <> w.signal_id
            order by x.day desc
            limit 100
        ) n
        group by n.signal_id, w.key_version
    ), best as (
        select a.signal_id, max(a.shared) as shared from alike a
        group by a.signal_id
        order by 2 desc, 1
        limit 200
    )
    select c.id, b.shared, array(
        select distinct x.kind
        from public.blind_index o
        join public.blind_index x on x.token = o.token and x.signal_id = b.signal_id
        where o.signal_id = m.signal_id
        order by 1
    )
    from best b
    cross join mine m
    join public.cases c on c.signal_id = b.signal_id and {OWN_TRIAGE}
$$
"""


def upgrade() -> None:
    """Both tables, what each login may do with them, and the door."""
    wording()
    told_apart()
    op.execute(ASK)
    op.execute("revoke all on function ask_duplicates(uuid) from public")
    op.execute("grant execute on function ask_duplicates(uuid) to meldpunt_app")
    op.execute("alter function ask_duplicates(uuid) owner to meldpunt_door")


def wording() -> None:
    """The marks: the worker adds them and clears those of a retired version, the door alone reads."""
    op.create_table(
        "blind_wording",
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("key_version", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token", "day", "signal_id", name=op.f("pk_blind_wording")),
        sa.ForeignKeyConstraint(
            ["signal_id", "organisation_id"],
            ["signals.id", "signals.organisation_id"],
            name=op.f("fk_blind_wording_signal_id_signals"),
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_blind_wording_signal_id", "blind_wording", ["signal_id"])
    op.execute("alter table blind_wording enable row level security")
    op.execute("alter table blind_wording force row level security")
    op.execute("grant select on blind_wording to meldpunt_backup")
    op.execute("create policy insert_worker on blind_wording for insert to meldpunt_worker with check (true)")
    for command in ("select", "delete"):
        op.execute(
            f"create policy {command}_worker on blind_wording for {command} to meldpunt_worker using (true)"
        )
    op.execute("grant insert, delete, select (key_version) on blind_wording to meldpunt_worker")
    op.execute("create policy select_door on blind_wording for select to meldpunt_door using (true)")
    op.execute("grant select (token, day, signal_id, key_version) on blind_wording to meldpunt_door")


def told_apart() -> None:
    """Which two cases of one queue a person said are two events."""
    op.create_table(
        "told_apart",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "other_id", "holder", name=op.f("pk_told_apart")),
        *(
            sa.ForeignKeyConstraint(
                [column, "organisation_id", "holder"],
                ["cases.id", "cases.organisation_id", "cases.holder"],
                name=op.f(f"fk_told_apart_{column}_cases"),
                ondelete="CASCADE",
            )
            for column in ("case_id", "other_id")
        ),
    )
    op.create_index("ix_told_apart_other_id", "told_apart", ["other_id"])
    op.execute("alter table told_apart enable row level security")
    op.execute("alter table told_apart force row level security")
    op.execute("grant select on told_apart to meldpunt_backup")
    op.execute("grant select, insert on told_apart to meldpunt_app")
    op.execute(f"create policy select_app on told_apart for select to meldpunt_app using (holder = {ME})")
    op.execute(
        f"create policy insert_app on told_apart for insert to meldpunt_app with check (holder = {ME})"
    )
