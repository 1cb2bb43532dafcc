"""Two reports of one event can go on as one case: which one, the history of it, and the state its receipts show."""

import sqlalchemy as sa
from alembic import op

revision = "1a5c0de09010"
down_revision = "1a5c0de0d010"
branch_labels = None
depends_on = None

# As before, and a report that goes on in another case shows the state of that one. A question put to one reporter is no
# question to the other.
MAILBOX = """
create function mailbox(wanted bytea)
returns table (signal_id uuid, organisation_id text, reference text, confidentiality text, state text, answer_case uuid,
    answer_holder text, message_id uuid, version smallint, sent_at timestamptz, suite smallint,
    commitment bytea, ciphertext bytea, mac bytea, key_id bytea, wrap bytea)
language sql stable security definer set search_path = pg_catalog as $$
    select s.id, s.organisation_id, s.reference, s.confidentiality,
        case when g.state = 'waiting_reporter' then 'assessing' else coalesce(g.state, t.state) end,
        a.id, a.holder, m.id, p.version,
        m.sent_at, p.suite, p.commitment, p.ciphertext, p.mac, w.key_id, w.wrap
    from public.receipts r
    join public.signals s on s.id = r.signal_id
    join public.cases t on t.signal_id = s.id and t.kind = 'triage'
    left join public.cases g on g.id = t.merged_into
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
    """A column of cases and one of transitions, who may use them, and the door function that shows the state."""
    op.add_column("cases", sa.Column("merged_into", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_cases_merged_into_cases"),
        "cases",
        "cases",
        ["merged_into", "organisation_id", "holder"],
        ["id", "organisation_id", "holder"],
        ondelete="SET NULL (merged_into)",
    )
    op.create_index(
        "ix_cases_merged_into", "cases", ["merged_into"], postgresql_where=sa.text("merged_into is not null")
    )
    op.create_check_constraint(
        op.f("ck_cases_merged"),
        "cases",
        "merged_into is null or state = 'closed' and kind = 'triage' and merged_into <> id",
    )
    op.add_column("transitions", sa.Column("other_case", sa.Uuid(), nullable=True))
    op.execute("grant update (merged_into) on cases to meldpunt_app")
    op.execute("grant select (merged_into) on cases to meldpunt_worker, meldpunt_door")
    # The function is the door's own, and only its owner may take it away.
    op.execute("set local role meldpunt_door")
    op.execute("drop function mailbox(bytea)")
    op.execute("set local role meldpunt_owner")
    op.execute(MAILBOX)
    op.execute("revoke all on function mailbox(bytea) from public")
    op.execute("grant execute on function mailbox(bytea) to meldpunt_intake")
    op.execute("alter function mailbox(bytea) owner to meldpunt_door")
