"""The log is asked whether a grant was ended, or a denial, setting or rule set was made that is gone.

Entries that say so are written by who does such a thing: by no submitting door, worker or reader of the log.
"""

import sqlalchemy as sa
from alembic import op

revision = "1a5c0de0d020"
down_revision = "1a5c0de09010"
branch_labels = None
depends_on = None

ACTIONS = "('grant_ended', 'person_denied', 'setting_activated', 'rule_set_activated')"
PUT_BACK = """
create function put_back() returns table (kind text, id text)
language sql stable security definer set search_path = pg_catalog as $$
    select 'grant', g.id::text from public.grants g
    where g.ended_at is null and g.valid_until > now() and exists (
        select from public.access_entries e where e.action = 'grant_ended' and e.object_id = g.id::text)
    union all
    select 'denial', e.object_id from public.access_entries e
    where e.action = 'person_denied' and not exists (
        select from public.denials d where d.id::text = e.object_id)
    union all
    select 'setting', e.object_id from public.access_entries e
    where e.action = 'setting_activated' and not exists (
        select from public.settings_versions v where v.id::text = e.object_id)
    union all
    select 'rule_set', e.object_id from public.access_entries e
    where e.action = 'rule_set_activated' and not exists (
        select from public.rule_sets r where r.id::text = e.object_id)
$$
"""


def upgrade() -> None:
    """An index, who may write and read such entries, and the door function that compares."""
    op.create_index(
        "ix_access_entries_granting",
        "access_entries",
        ["action", "object_id"],
        postgresql_where=sa.text(f"action in {ACTIONS}"),
    )
    op.execute("drop policy insert_app_intake_worker_auditor on access_entries")
    op.execute("create policy insert_app on access_entries for insert to meldpunt_app with check (true)")
    op.execute(
        "create policy insert_intake_worker_auditor on access_entries for insert"
        f" to meldpunt_intake, meldpunt_worker, meldpunt_auditor with check (action not in {ACTIONS})"
    )
    op.execute(
        "create policy select_door on access_entries for select to meldpunt_door"
        f" using (action in {ACTIONS} and outcome = 'allowed')"
    )
    op.execute("grant select (action, object_id) on access_entries to meldpunt_door")
    for table, columns in (("grants", "id, ended_at, valid_until"), ("settings_versions", "id")):
        op.execute(f"create policy select_door on {table} for select to meldpunt_door using (true)")
        op.execute(f"grant select ({columns}) on {table} to meldpunt_door")
    op.execute(PUT_BACK)
    op.execute("revoke all on function put_back() from public")
    op.execute("grant execute on function put_back() to meldpunt_app, meldpunt_worker")
    op.execute("alter function put_back() owner to meldpunt_door")
