"""Sealed parts carry a MAC under a key outside the database: what was put there by SQL is not opened.

The key is not at hand here: the parts that are there already are vouched for once, by `meldpunt migrate`, after this.
"""

import sqlalchemy as sa
from alembic import op

revision = "1a5c0de0a001"
down_revision = "0ceb4ceec3cc"
branch_labels = None
depends_on = None

MINE = (
    "exists (select 1 from cases c where c.signal_id = sealed_parts.signal_id"
    " and c.holder = nullif(current_setting('meldpunt.organisation', true), ''))"
)
# Null stays possible in old rows alone: no login writes a part without its MAC.
INSERTS = {
    "intake": "mac is not null and kind in ('signal', 'message')",
    "app": f"mac is not null and kind in ('message', 'reason') and {MINE}",
}
# As the first desk's, and the MAC of each message.
MAILBOX = """
create function mailbox(wanted bytea)
returns table (signal_id uuid, organisation_id text, reference text, confidentiality text, state text, answer_case uuid,
    answer_holder text, message_id uuid, version smallint, sent_at timestamptz, suite smallint,
    commitment bytea, ciphertext bytea, mac bytea, key_id bytea, wrap bytea)
language sql stable security definer set search_path = pg_catalog as $$
    select s.id, s.organisation_id, s.reference, s.confidentiality, t.state, a.id, a.holder, m.id, p.version,
        m.sent_at, p.suite, p.commitment, p.ciphertext, p.mac, w.key_id, w.wrap
    from public.receipts r
    join public.signals s on s.id = r.signal_id
    join public.cases t on t.signal_id = s.id and t.kind = 'triage'
    join public.cases a on a.id = coalesce((select case when c.state <> 'closed' then c.id end
        from public.messages q join public.cases c on c.id = q.case_id
        where q.signal_id = s.id and q.sender = 'desk' order by q.sent_at desc, q.id desc limit 1), t.id)
    left join public.messages m on m.signal_id = s.id and m.sender = 'desk'
    left join public.sealed_parts p on p.record_id = m.id and p.part = 'message'
    left join wraps.wraps w on w.record_id = m.id and w.version = p.version and w.generation = 'receipt'
    where r.lookup = wanted
    order by m.sent_at, m.id
$$
"""


def upgrade() -> None:
    """One column, the rule that new rows fill it, and the door function that hands it over."""
    op.add_column("sealed_parts", sa.Column("mac", sa.LargeBinary(), nullable=True))
    for login, written in INSERTS.items():
        op.execute(f"drop policy insert_{login} on sealed_parts")
        op.execute(
            f"create policy insert_{login} on sealed_parts for insert to meldpunt_{login} with check ({written})"
        )
    op.execute("grant select (mac) on sealed_parts to meldpunt_door")
    # The function is the door's own, and only its owner may take it away.
    op.execute("set local role meldpunt_door")
    op.execute("drop function mailbox(bytea)")
    op.execute("set local role meldpunt_owner")
    op.execute(MAILBOX)
    op.execute("revoke all on function mailbox(bytea) from public")
    op.execute("grant execute on function mailbox(bytea) to meldpunt_intake")
    op.execute("alter function mailbox(bytea) owner to meldpunt_door")
