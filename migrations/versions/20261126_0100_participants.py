"""Participants are vouched for, and two functional managers change them; intake is handed who takes part.

The key is not at hand here: `meldpunt migrate` vouches for the rows of the data file after this.
"""

import sqlalchemy as sa
from alembic import op

revision = "1a5c0de0b010"
down_revision = "1a5c0de0a004"
branch_labels = None
depends_on = None

REGISTER = "current_setting('meldpunt.register', true) = 'all'"
HANDED = "id, kind, name, municipality_code, active, mac"
# As the first desk's, and who takes part.
SETTINGS = """
create function intake_settings()
returns table (version integer, document bytea, signature bytea, terms jsonb, participants jsonb)
language sql stable security definer set search_path = pg_catalog as $$
    select d.version, d.document, d.signature, coalesce((select jsonb_agg(jsonb_build_object(
        'organisation', t.organisation_id, 'queue', t.queue_id, 'category', t.category, 'mode', t.mode,
        'ground', t.ground, 'validUntil', t.valid_until,
        'id', t.id, 'mac', encode(t.mac, 'hex'))) from public.supply_terms t), '[]'::jsonb),
        coalesce((select jsonb_agg(jsonb_build_object(
        'id', o.id, 'kind', o.kind, 'name', o.name, 'municipalityCode', o.municipality_code,
        'active', o.active, 'mac', encode(o.mac, 'hex'))) from public.organisations o), '[]'::jsonb)
    from public.key_directories d order by d.version desc limit 1
$$
"""


def upgrade() -> None:
    """Two columns, who may write which, and the door function that hands them over."""
    op.add_column(
        "organisations", sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.add_column(
        "organisations", sa.Column("mac", sa.LargeBinary(), nullable=False, server_default=sa.text("''"))
    )
    op.alter_column("organisations", "active", server_default=None)
    op.alter_column("organisations", "mac", server_default=None)
    for table, columns in (("organisations", "name, active, mac"), ("queues", "name")):
        op.execute(f"create policy insert_app on {table} for insert to meldpunt_app with check ({REGISTER})")
        op.execute(
            f"create policy update_app on {table} for update to meldpunt_app"
            f" using ({REGISTER}) with check ({REGISTER})"
        )
        op.execute(f"grant insert on {table} to meldpunt_app")
        op.execute(f"grant update ({columns}) on {table} to meldpunt_app")
    op.execute("create policy select_door on organisations for select to meldpunt_door using (true)")
    op.execute(f"grant select ({HANDED}) on organisations to meldpunt_door")
    # The function is the door's own, and only its owner may take it away.
    op.execute("set local role meldpunt_door")
    op.execute("drop function intake_settings()")
    op.execute("set local role meldpunt_owner")
    op.execute(SETTINGS)
    op.execute("revoke all on function intake_settings() from public")
    op.execute("grant execute on function intake_settings() to meldpunt_intake")
    op.execute("alter function intake_settings() owner to meldpunt_door")
