"""The blind index: the worker writes it, the desk asks it through two functions, nobody reads it.

`ask_matches` answers from a case of the caller's own organisation, and in the same act tells the owners matched: no
match without a notice.
"""

import sqlalchemy as sa
from alembic import op

revision = "1a5c0de0b020"
down_revision = "1a5c0de0b010"
branch_labels = None
depends_on = None

ME = "nullif(current_setting('meldpunt.organisation', true), '')"
WAITING = "part = 'identifiers'"
SEARCH = f"""
create function search_index(asked_kind text, tokens bytea[]) returns table (case_id uuid)
language sql stable security definer set search_path = pg_catalog as $$
    select distinct c.id
    from public.blind_index b
    join public.cases c on c.signal_id = b.signal_id
    where b.token = any (tokens) and b.kind = asked_kind
        and c.holder = {ME} and not c.returned
        and (c.kind <> 'rudd' or b.place)
    limit 200
$$
"""
ASK = f"""
create function ask_matches(asked uuid, own_report boolean)
returns table (organisation text, kind text, quarter text, shared bigint, case_id uuid)
language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
    me constant text := {ME};
    found record;
begin
    for found in
        with mine as (
            select c.signal_id, c.kind = 'rudd' as places_only from public.cases c
            where c.id = asked and c.holder = me and not c.returned
        ), shares as (
            select b.signal_id, b.organisation_id, b.kind, min(t.shared) as shared
            from mine m
            join public.blind_index o on o.signal_id = m.signal_id and (o.place or not m.places_only)
            join public.blind_index b on b.token = o.token and b.signal_id <> o.signal_id
                and (b.place or not m.places_only)
            cross join lateral (
                select count(*) as shared from (
                    select 1 from public.blind_index x where x.token = o.token limit 101) few
            ) t
            group by b.signal_id, b.organisation_id, b.kind
        )
        select h.organisation_id, h.kind, h.shared, held.id as held,
            to_char(s.received_at at time zone 'UTC', 'YYYY"q"Q') as quarter, owned.id as owned
        from shares h
        cross join mine m
        join public.signals s on s.id = h.signal_id
        left join public.cases held on held.signal_id = h.signal_id and held.holder = me and not held.returned
        left join public.cases owned on owned.signal_id = h.signal_id and owned.holder = h.organisation_id
            and owned.kind = 'triage'
        where held.id is not null or not m.places_only
        order by h.kind = 'address', h.shared, s.received_at desc
        limit 100
    loop
        -- Always, also where the asker reported it herself and is told of nothing, and also within one organisation:
        -- a notice must not tell who reported.
        if found.owned is not null then
            insert into public.notices (id, organisation_id, role, kind, object_kind, object_id, made_at)
            select gen_random_uuid(), found.organisation_id, 'coordinator', 'match_asked', 'case',
                found.owned::text, now()
            where not exists (
                select 1 from public.notices n
                where n.organisation_id = found.organisation_id and n.role = 'coordinator'
                    and n.made_at = now() and n.kind = 'match_asked' and n.object_id = found.owned::text
            );
        end if;
        if not own_report then
            organisation := found.organisation_id;
            kind := found.kind;
            quarter := found.quarter;
            shared := found.shared;
            case_id := found.held;
            return next;
        end if;
    end loop;
end
$$
"""
FUNCTIONS = ("search_index(text, bytea[])", "ask_matches(uuid, boolean)")


def upgrade() -> None:
    """The table, what the worker may do with it and with the part it opens, and the two doors."""
    op.create_table(
        "blind_index",
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key_version", sa.SmallInteger(), nullable=False),
        sa.Column("place", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("token", "signal_id", name=op.f("pk_blind_index")),
        sa.ForeignKeyConstraint(
            ["signal_id", "organisation_id"],
            ["signals.id", "signals.organisation_id"],
            name=op.f("fk_blind_index_signal_id_signals"),
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(
            "kind in ('plate', 'phone', 'iban', 'kvk', 'address', 'email')", name=op.f("ck_blind_index_kind")
        ),
    )
    op.create_index("ix_blind_index_signal_id", "blind_index", ["signal_id"])
    op.create_index(
        "ix_sealed_parts_waiting", "sealed_parts", ["record_id"], postgresql_where=sa.text(WAITING)
    )
    op.execute("alter table blind_index enable row level security")
    op.execute("alter table blind_index force row level security")
    op.execute("grant select on blind_index to meldpunt_backup")
    worker_writes()
    door_reads()
    for definition in (SEARCH, ASK):
        op.execute(definition)
    for function in FUNCTIONS:
        op.execute(f"revoke all on function {function} from public")
        op.execute(f"grant execute on function {function} to meldpunt_app")
        op.execute(f"alter function {function} owner to meldpunt_door")


def worker_writes() -> None:
    """The worker adds rows, clears those of a retired version, and sees and deletes what was sealed to the indexer."""
    op.execute("create policy insert_worker on blind_index for insert to meldpunt_worker with check (true)")
    for command in ("select", "delete"):
        op.execute(
            f"create policy {command}_worker on blind_index for {command} to meldpunt_worker using (true)"
        )
        op.execute(
            f"create policy {command}_worker on sealed_parts for {command} to meldpunt_worker using ({WAITING})"
        )
        op.execute(
            f"create policy {command}_indexer on wraps.wraps for {command} to meldpunt_worker"
            " using (keyholder = 'indexer')"
        )
    op.execute("grant insert, delete, select (key_version) on blind_index to meldpunt_worker")
    op.execute("grant select, delete on sealed_parts to meldpunt_worker")
    op.execute(
        "grant select (record_id, version, key_id, generation, keyholder, parts, wrap) on wraps.wraps"
        " to meldpunt_worker"
    )


def door_reads() -> None:
    """What the two functions need of the tables they look into, and the notice they leave."""
    op.execute("create policy select_door on blind_index for select to meldpunt_door using (true)")
    op.execute(
        "grant select (token, signal_id, organisation_id, kind, place) on blind_index to meldpunt_door"
    )
    op.execute("grant select (organisation_id, returned) on cases to meldpunt_door")
    told = "kind = 'match_asked'"
    op.execute(f"create policy select_door on notices for select to meldpunt_door using ({told})")
    op.execute(f"create policy insert_door on notices for insert to meldpunt_door with check ({told})")
    op.execute("grant select (organisation_id, role, kind, object_id, made_at) on notices to meldpunt_door")
    op.execute("grant insert on notices to meldpunt_door")
