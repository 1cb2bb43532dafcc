"""Versions of the rule set, each activated by a second person; intake is handed the newest."""

import sqlalchemy as sa
from alembic import op

revision = "1a5c0de0b030"
down_revision = "1a5c0de0b020"
branch_labels = None
depends_on = None

REGISTER = "current_setting('meldpunt.register', true) = 'all'"
# As before, and the newest rule set.
SETTINGS = """
create function intake_settings()
returns table (version integer, document bytea, signature bytea, terms jsonb, participants jsonb, rule_set jsonb)
language sql stable security definer set search_path = pg_catalog as $$
    select d.version, d.document, d.signature, coalesce((select jsonb_agg(jsonb_build_object(
        'organisation', t.organisation_id, 'queue', t.queue_id, 'category', t.category, 'mode', t.mode,
        'ground', t.ground, 'validUntil', t.valid_until,
        'id', t.id, 'mac', encode(t.mac, 'hex'))) from public.supply_terms t), '[]'::jsonb),
        coalesce((select jsonb_agg(jsonb_build_object(
        'id', o.id, 'kind', o.kind, 'name', o.name, 'municipalityCode', o.municipality_code,
        'active', o.active, 'mac', encode(o.mac, 'hex'))) from public.organisations o), '[]'::jsonb),
        (select jsonb_build_object(
        'id', r.id, 'number', r.number, 'content', encode(r.content, 'hex'), 'proposedBy', r.proposed_by,
        'confirmedBy', r.confirmed_by, 'approval', r.approval_id,
        'at', (extract(epoch from r.activated_at) * 1000000)::bigint, 'mac', encode(r.mac, 'hex'))
        from public.rule_sets r order by r.number desc limit 1)
    from public.key_directories d order by d.version desc limit 1
$$
"""


def upgrade() -> None:
    """One table, who may write it, and the door function that hands its newest row over."""
    op.create_table(
        "rule_sets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.Column("approval_id", sa.Uuid(), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_sets")),
        sa.UniqueConstraint("approval_id", name=op.f("uq_rule_sets_approval_id")),
        sa.UniqueConstraint("number", name=op.f("uq_rule_sets_number")),
    )
    op.execute("alter table rule_sets enable row level security")
    op.execute("alter table rule_sets force row level security")
    op.execute(f"create policy select_app on rule_sets for select to meldpunt_app using ({REGISTER})")
    op.execute(f"create policy insert_app on rule_sets for insert to meldpunt_app with check ({REGISTER})")
    op.execute("create policy select_door on rule_sets for select to meldpunt_door using (true)")
    op.execute("grant select, insert on rule_sets to meldpunt_app")
    op.execute("grant select on rule_sets to meldpunt_door, meldpunt_backup")
    op.execute(
        "create trigger append_only before update or truncate on rule_sets"
        " for each statement execute function refuse_change()"
    )
    # The function is the door's own, and only its owner may take it away.
    op.execute("set local role meldpunt_door")
    op.execute("drop function intake_settings()")
    op.execute("set local role meldpunt_owner")
    op.execute(SETTINGS)
    op.execute("revoke all on function intake_settings() from public")
    op.execute("grant execute on function intake_settings() to meldpunt_intake")
    op.execute("alter function intake_settings() owner to meldpunt_door")
