"""The first desk: participants, sealed signals, cases, the access log; row security and grants on all of it."""

import sqlalchemy as sa
from alembic import op

revision = "0ceb4ceec3cc"
down_revision = None
branch_labels = None
depends_on = None


OWN = "organisation_id = nullif(current_setting('meldpunt.organisation', true), '')"
HELD = "holder = nullif(current_setting('meldpunt.organisation', true), '')"
KEYHOLDER = "keyholder = any (string_to_array(nullif(current_setting('meldpunt.keyholders', true), ''), ','))"
MINE = (
    "exists (select 1 from cases c where c.signal_id = {table}.signal_id"
    " and c.holder = nullif(current_setting('meldpunt.organisation', true), ''))"
)
WRAPPED = (
    "exists (select 1 from wraps.wraps w where w.record_id = sealed_parts.record_id"
    " and w.version = sealed_parts.version and sealed_parts.part = any (w.parts))"
)
MY_CASE = (
    "exists (select 1 from cases c where c.id = {table}.case_id and c.signal_id = {table}.signal_id"
    " and c.holder = nullif(current_setting('meldpunt.organisation', true), ''))"
)
# the keys of a signal's own parts are handed on by its owner alone
HANDED_ON = (
    "case when record_id = signal_id then exists (select 1 from signals s where s.id = wraps.signal_id"
    " and s.organisation_id = nullif(current_setting('meldpunt.organisation', true), ''))"
    f" else {MINE.format(table='wraps')} end"
)
# what the worker takes from a recipient that gave a supply back, while it has not looked at it yet
GIVEN_BACK = (
    "record_id = signal_id and exists (select 1 from disclosures d where d.signal_id = wraps.signal_id"
    " and d.recipient = wraps.keyholder and d.ended = 'returned' and d.seen_at is null)"
)
MANDATE = (
    "current_setting('meldpunt.mandate', true) = '*' or organisation"
    " = any (string_to_array(nullif(current_setting('meldpunt.mandate', true), ''), ','))"
)

ALL = "true"
# table, logins, command, which rows are seen, which rows may be written
POLICIES: tuple[tuple[str, str, str, str | None, str | None], ...] = (
    # reference data, public by nature
    ("organisations", "meldpunt_app", "select", ALL, None),
    ("queues", "meldpunt_app", "select", ALL, None),
    ("key_directories", "meldpunt_app, meldpunt_door", "select", ALL, None),
    ("supply_terms", "meldpunt_app", "select", OWN, None),
    ("supply_terms", "meldpunt_door", "select", ALL, None),
    # what the owner's tools may seed
    ("organisations", "meldpunt_owner", "all", ALL, ALL),
    ("queues", "meldpunt_owner", "all", ALL, ALL),
    ("key_directories", "meldpunt_owner", "select", ALL, None),
    ("key_directories", "meldpunt_owner", "insert", None, ALL),
    ("supply_terms", "meldpunt_owner", "select", ALL, None),
    ("supply_terms", "meldpunt_owner", "insert", None, ALL),
    # signals and what hangs on them
    ("signals", "meldpunt_intake", "insert", None, ALL),
    ("signals", "meldpunt_app", "select", OWN, None),
    ("signals", "meldpunt_door", "select", ALL, None),
    ("sealed_parts", "meldpunt_intake", "insert", None, "kind in ('signal', 'message')"),
    ("sealed_parts", "meldpunt_app", "select", WRAPPED, None),
    (
        "sealed_parts",
        "meldpunt_app",
        "insert",
        None,
        "kind in ('message', 'reason') and " + MINE.format(table="sealed_parts"),
    ),
    ("sealed_parts", "meldpunt_door", "select", "kind = 'message'", None),
    ("wraps.wraps", "meldpunt_intake", "insert", None, ALL),
    ("wraps.wraps", "meldpunt_app", "select", KEYHOLDER, None),
    ("wraps.wraps", "meldpunt_app", "insert", None, HANDED_ON),
    ("wraps.wraps", "meldpunt_worker", "select", GIVEN_BACK, None),
    ("wraps.wraps", "meldpunt_worker", "delete", GIVEN_BACK, None),
    ("wraps.wraps", "meldpunt_door", "select", "generation = 'receipt'", None),
    ("receipts", "meldpunt_intake", "insert", None, ALL),
    ("receipts", "meldpunt_app", "select", MINE.format(table="receipts"), None),
    ("receipts", "meldpunt_door", "select", ALL, None),
    ("messages", "meldpunt_intake", "insert", None, "sender = 'reporter'"),
    (
        "messages",
        "meldpunt_app",
        "select",
        f"{OWN} or exists (select 1 from cases c where c.id = messages.case_id"
        " and c.holder = nullif(current_setting('meldpunt.organisation', true), ''))",
        None,
    ),
    ("messages", "meldpunt_app", "insert", None, "sender = 'desk' and " + MY_CASE.format(table="messages")),
    (
        "messages",
        "meldpunt_app",
        "update",
        "exists (select 1 from cases c where c.id = messages.case_id"
        " and c.holder = nullif(current_setting('meldpunt.organisation', true), ''))",
        ALL,
    ),
    ("messages", "meldpunt_door", "select", ALL, None),
    ("classifications", "meldpunt_intake", "insert", None, "made_by = 'machine'"),
    ("classifications", "meldpunt_app", "select", HELD, None),
    (
        "classifications",
        "meldpunt_app",
        "insert",
        None,
        f"{HELD} and made_by = 'person' or {OWN} and made_by = 'machine'",
    ),
    ("routing_decisions", "meldpunt_intake", "insert", None, ALL),
    ("routing_decisions", "meldpunt_app", "select", HELD, None),
    ("routing_decisions", "meldpunt_app", "insert", None, OWN),
    ("disclosures", "meldpunt_intake", "insert", None, "mode = 'direct'"),
    (
        "disclosures",
        "meldpunt_app",
        "select",
        f"{OWN} or recipient = nullif(current_setting('meldpunt.organisation', true), '')",
        None,
    ),
    ("disclosures", "meldpunt_app", "insert", None, f"{OWN} and mode = 'confirmed'"),
    (
        "disclosures",
        "meldpunt_app",
        "update",
        "recipient = nullif(current_setting('meldpunt.organisation', true), '')",
        ALL,
    ),
    ("disclosures", "meldpunt_worker", "select", ALL, None),
    ("disclosures", "meldpunt_worker", "update", ALL, ALL),
    # the work
    ("cases", "meldpunt_intake", "insert", None, "state in ('new', 'supplied')"),
    ("cases", "meldpunt_app", "select", HELD, None),
    ("cases", "meldpunt_app", "insert", None, f"{OWN} and state = 'new'"),
    ("cases", "meldpunt_app", "update", HELD, HELD),
    ("cases", "meldpunt_worker", "select", ALL, None),
    ("cases", "meldpunt_worker", "update", ALL, ALL),
    ("cases", "meldpunt_door", "select", ALL, None),
    ("transitions", "meldpunt_app", "select", HELD, None),
    ("transitions", "meldpunt_app", "insert", None, HELD),
    ("transitions", "meldpunt_worker", "insert", None, "actor is null"),
    ("openings", "meldpunt_app", "select", HELD, None),
    ("openings", "meldpunt_app", "insert", None, HELD),
    # memory and limits
    ("idempotency", "meldpunt_intake", "insert", None, ALL),
    ("idempotency", "meldpunt_app", "insert", None, ALL),
    ("idempotency", "meldpunt_worker", "select", ALL, None),
    ("idempotency", "meldpunt_worker", "delete", ALL, None),
    ("idempotency", "meldpunt_door", "select", ALL, None),
    ("rate_buckets", "meldpunt_door", "select", ALL, None),
    ("rate_buckets", "meldpunt_door", "insert", None, ALL),
    ("rate_buckets", "meldpunt_door", "update", ALL, ALL),
    ("rate_buckets", "meldpunt_worker", "select", ALL, None),
    ("rate_buckets", "meldpunt_worker", "delete", ALL, None),
    ("sessions", "meldpunt_app", "select", ALL, None),
    ("sessions", "meldpunt_app", "insert", None, ALL),
    ("sessions", "meldpunt_app", "delete", ALL, None),
    ("sessions", "meldpunt_worker", "select", ALL, None),
    ("sessions", "meldpunt_worker", "delete", ALL, None),
    # the log: append only
    (
        "access_entries",
        "meldpunt_app, meldpunt_intake, meldpunt_worker, meldpunt_auditor",
        "insert",
        None,
        ALL,
    ),
    ("access_entries", "meldpunt_auditor", "select", MANDATE, None),
    (
        "access_values",
        "meldpunt_app, meldpunt_intake, meldpunt_worker, meldpunt_auditor",
        "insert",
        None,
        ALL,
    ),
    ("access_values", "meldpunt_auditor", "select", MANDATE, None),
)

ENTRY = (
    "id, leaf, at, role, organisation, action, object_kind, object_id, case_id, signal_id, purpose, outcome,"
    " reason_code, trace_id, record"
)
# these grants reach these columns only; any other grant of POLICIES reaches the whole row
COLUMNS = {
    ("wraps.wraps", "meldpunt_worker", "select"): "record_id, keyholder",
    # `index` is the sequencer's
    ("access_entries", "meldpunt_app", "insert"): ENTRY,
    ("access_entries", "meldpunt_intake", "insert"): ENTRY,
    ("access_entries", "meldpunt_worker", "insert"): ENTRY,
    ("access_entries", "meldpunt_auditor", "insert"): ENTRY,
    ("cases", "meldpunt_app", "update"): "state, category, topics, assignee, state_since, due_at, due_kind,"
    " visit_hold, outcome, returned, version",
    ("cases", "meldpunt_worker", "update"): "state, assignee, state_since, due_at, due_kind, version",
    ("disclosures", "meldpunt_app", "update"): "ended, outcome, ended_at",
    ("cases", "meldpunt_worker", "select"): "id, signal_id, organisation_id, holder, kind, state, assignee,"
    " priority, version",
    ("disclosures", "meldpunt_worker", "select"): "id, signal_id, recipient, ended, ended_at, seen_at",
    ("disclosures", "meldpunt_worker", "update"): "seen_at",
    ("messages", "meldpunt_app", "update"): "read_at",
    ("signals", "meldpunt_door", "select"): "id, organisation_id, reference, confidentiality, received_at",
    ("receipts", "meldpunt_door", "select"): "lookup, signal_id",
    ("receipts", "meldpunt_app", "select"): "signal_id, public_key, mac",
    ("cases", "meldpunt_door", "select"): "id, signal_id, holder, kind, state",
    ("messages", "meldpunt_door", "select"): "id, signal_id, case_id, sender, sent_at",
    ("sealed_parts", "meldpunt_door", "select"): "record_id, version, part, suite, commitment, ciphertext",
    ("wraps.wraps", "meldpunt_door", "select"): "record_id, version, key_id, generation, wrap",
    ("key_directories", "meldpunt_door", "select"): "version, document, signature",
    (
        "supply_terms",
        "meldpunt_door",
        "select",
    ): "id, organisation_id, queue_id, category, mode, ground, valid_until, mac",
    ("rate_buckets", "meldpunt_door", "update"): "tokens, filled_at",
    ("idempotency", "meldpunt_door", "select"): "key, object_id, body",
    ("sessions", "meldpunt_worker", "select"): "ends_at",
    ("idempotency", "meldpunt_worker", "select"): "kind, made_at",
    ("rate_buckets", "meldpunt_worker", "select"): "filled_at",
}

DOOR_FUNCTIONS = (
    """
create function mailbox(wanted bytea)
returns table (signal_id uuid, organisation_id text, reference text, confidentiality text, state text, answer_case uuid,
    answer_holder text, message_id uuid, version smallint, sent_at timestamptz, suite smallint,
    commitment bytea, ciphertext bytea, key_id bytea, wrap bytea)
language sql stable security definer set search_path = pg_catalog as $$
    select s.id, s.organisation_id, s.reference, s.confidentiality, t.state, a.id, a.holder, m.id, p.version,
        m.sent_at, p.suite, p.commitment, p.ciphertext, w.key_id, w.wrap
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
""",
    """
create function replay(wanted bytea)
returns table (object_id uuid, body bytea, reference text, received_at timestamptz)
language sql stable security definer set search_path = pg_catalog as $$
    select i.object_id, i.body, s.reference, s.received_at
    from public.idempotency i left join public.signals s on s.id = i.object_id
    where i.key = wanted
$$
""",
    """
create function intake_settings()
returns table (version integer, document bytea, signature bytea, terms jsonb)
language sql stable security definer set search_path = pg_catalog as $$
    select d.version, d.document, d.signature, coalesce((select jsonb_agg(jsonb_build_object(
        'organisation', t.organisation_id, 'queue', t.queue_id, 'category', t.category, 'mode', t.mode,
        'ground', t.ground, 'validUntil', t.valid_until,
        'id', t.id, 'mac', encode(t.mac, 'hex'))) from public.supply_terms t), '[]'::jsonb)
    from public.key_directories d order by d.version desc limit 1
$$
""",
    """
create function take_token(wanted bytea, capacity double precision, per_second double precision,
    amount double precision)
returns double precision
language plpgsql volatile security definer set search_path = pg_catalog as $$
declare filled double precision;
begin
    insert into public.rate_buckets (key, tokens, filled_at) values (wanted, capacity, clock_timestamp())
        on conflict (key) do nothing;
    select least(capacity, b.tokens + per_second * extract(epoch from clock_timestamp() - b.filled_at))
        into filled from public.rate_buckets b where b.key = wanted for update;
    if amount > filled then
        return greatest(1, ceil((amount - filled) / per_second));
    end if;
    update public.rate_buckets b set tokens = least(capacity, filled - amount), filled_at = clock_timestamp()
        where b.key = wanted;
    return 0;
end
$$
""",
)
DOOR = {
    "mailbox(bytea)": "meldpunt_intake",
    "replay(bytea)": "meldpunt_intake, meldpunt_app",
    "intake_settings()": "meldpunt_intake",
    "take_token(bytea, double precision, double precision, double precision)": "meldpunt_intake",
}

APPEND_ONLY = """
create function refuse_change() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
    raise exception 'append only' using errcode = 'insufficient_privilege';
end
$$;
"""


def protect() -> None:
    """Row security, grants, door functions and triggers; the result is reviewed in migrations/schema.txt."""
    tables = sorted({row[0] for row in POLICIES})
    op.execute(
        "grant usage on schema wraps to meldpunt_app, meldpunt_intake, meldpunt_worker, meldpunt_door, meldpunt_backup"
    )
    op.execute("grant select on alembic_version to meldpunt_backup")
    for table in tables:
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        op.execute(f"grant select on {table} to meldpunt_backup")
    for table, logins, command, seen, written in POLICIES:
        using = f" using ({seen})" if seen is not None else ""
        check = f" with check ({written})" if written is not None else ""
        name = "_".join([command, *(login.removeprefix("meldpunt_") for login in logins.split(", "))])
        op.execute(f"create policy {name} on {table} for {command} to {logins}{using}{check}")
        for login in logins.split(", "):
            if login != "meldpunt_owner":
                columns = COLUMNS.get((table, login, command), "")
                op.execute(f"grant {command}{f' ({columns})' if columns else ''} on {table} to {login}")
    for function in DOOR_FUNCTIONS:
        op.execute(function)
    for function, logins in DOOR.items():
        op.execute(f"revoke all on function {function} from public")
        op.execute(f"grant execute on function {function} to {logins}")
        op.execute(f"alter function {function} owner to meldpunt_door")
    op.execute(APPEND_ONLY)
    op.execute("revoke all on function refuse_change() from public")
    for table in ("access_entries", "access_values"):
        op.execute(
            f"create trigger append_only before update or delete or truncate on {table}"
            " for each statement execute function refuse_change()"
        )


def upgrade() -> None:
    op.create_table(
        "access_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("index", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object_kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("signal_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("trace_id", sa.Text(), nullable=True),
        sa.Column("record", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_entries")),
        sa.UniqueConstraint("index", name=op.f("uq_access_entries_index")),
    )
    op.create_index("ix_access_entries_at", "access_entries", ["at", "id"], unique=False)
    op.create_index("ix_access_entries_case_id", "access_entries", ["case_id"], unique=False)
    op.create_index("ix_access_entries_object_id", "access_entries", ["object_id"], unique=False)
    op.create_index("ix_access_entries_signal_id", "access_entries", ["signal_id"], unique=False)
    op.create_table(
        "idempotency",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_idempotency")),
    )
    op.create_table(
        "key_directories",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_key_directories")),
    )
    op.create_table(
        "organisations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("municipality_code", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("municipality_code", name=op.f("uq_organisations_municipality_code")),
    )
    op.create_table(
        "rate_buckets",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("filled_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate_buckets")),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sessions")),
    )
    op.create_table(
        "access_values",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["access_entries.id"], name=op.f("fk_access_values_entry_id_access_entries")
        ),
        sa.PrimaryKeyConstraint("entry_id", "field", name=op.f("pk_access_values")),
    )
    op.create_index("ix_access_values_value", "access_values", ["field", "value"], unique=False)
    op.create_table(
        "queues",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_queues_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queues")),
    )
    op.create_table(
        "signals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("municipality_code", sa.Text(), nullable=True),
        sa.Column("confidentiality", sa.Text(), nullable=False),
        sa.Column("regime", sa.Text(), nullable=False),
        sa.Column("observation", sa.Text(), nullable=False),
        sa.Column("safety", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("facts", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("category_hint", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "confidentiality in ('named', 'shielded', 'anonymous')", name=op.f("ck_signals_confidentiality")
        ),
        sa.CheckConstraint("origin in ('employee', 'citizen_platform')", name=op.f("ck_signals_origin")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_signals_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signals")),
        sa.UniqueConstraint("id", "organisation_id", name=op.f("uq_signals_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_signals_reference")),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("queue_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("topics", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("confidence", sa.SmallInteger(), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("safety", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("flags", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("municipality_code", sa.Text(), nullable=True),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_kind", sa.Text(), nullable=True),
        sa.Column("visit_hold", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("returned", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'new') = (assignee is null) or state in ('supplied', 'closed')",
            name=op.f("ck_cases_assignee"),
        ),
        sa.CheckConstraint(
            "state in ('new', 'claimed', 'assessing', 'waiting_reporter', 'enquiring', 'waiting_approval',"
            " 'taken_up', 'supplied', 'closed')",
            name=op.f("ck_cases_state"),
        ),
        sa.ForeignKeyConstraint(["holder"], ["organisations.id"], name=op.f("fk_cases_holder_organisations")),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name=op.f("fk_cases_queue_id_queues")),
        sa.ForeignKeyConstraint(
            ["signal_id", "organisation_id"],
            ["signals.id", "signals.organisation_id"],
            name=op.f("fk_cases_signal_id_signals"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
    )
    op.create_index(
        "uq_cases_holder",
        "cases",
        ["holder", "reference"],
        unique=True,
        postgresql_where=sa.text("not returned"),
    )
    op.create_index(
        "ix_cases_queue", "cases", ["queue_id", "state", "priority", "due_at", "id"], unique=False
    )
    op.create_index("ix_cases_received", "cases", ["queue_id", "received_at", "id"], unique=False)
    op.create_index("ix_cases_signal_id", "cases", ["signal_id"], unique=False)
    op.create_table(
        "receipts",
        sa.Column("lookup", sa.LargeBinary(), nullable=False),
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["signal_id"], ["signals.id"], name=op.f("fk_receipts_signal_id_signals"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("lookup", name=op.f("pk_receipts")),
    )
    op.create_index("ix_receipts_signal_id", "receipts", ["signal_id"], unique=False)
    op.create_table(
        "routing_decisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("queue_id", sa.Text(), nullable=False),
        sa.Column("rule_set", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("reason_codes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("tasks", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("topics", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("confidence", sa.SmallInteger(), nullable=False),
        sa.Column("lexicon_rules", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "mode in ('supply', 'proposal', 'triage', 'view')", name=op.f("ck_routing_decisions_mode")
        ),
        sa.ForeignKeyConstraint(
            ["queue_id"], ["queues.id"], name=op.f("fk_routing_decisions_queue_id_queues")
        ),
        sa.ForeignKeyConstraint(
            ["signal_id", "organisation_id"],
            ["signals.id", "signals.organisation_id"],
            name=op.f("fk_routing_decisions_signal_id_signals"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_decisions")),
    )
    op.create_index("ix_routing_decisions_signal_id", "routing_decisions", ["signal_id"], unique=False)
    op.create_table(
        "sealed_parts",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("suite", sa.SmallInteger(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["signal_id", "organisation_id"],
            ["signals.id", "signals.organisation_id"],
            name=op.f("fk_sealed_parts_signal_id_signals"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("record_id", "version", "part", name=op.f("pk_sealed_parts")),
    )
    op.create_index("ix_sealed_parts_signal_id", "sealed_parts", ["signal_id"], unique=False)
    op.create_table(
        "supply_terms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("queue_id", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("mode in ('direct', 'confirmed')", name=op.f("ck_supply_terms_mode")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_supply_terms_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name=op.f("fk_supply_terms_queue_id_queues")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supply_terms")),
        sa.UniqueConstraint(
            "organisation_id",
            "queue_id",
            "category",
            name=op.f("uq_supply_terms_organisation_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "wraps",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("key_id", sa.LargeBinary(), nullable=False),
        sa.Column("generation", sa.Text(), nullable=False),
        sa.Column("keyholder", sa.Text(), nullable=False),
        sa.Column("parts", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("wrap", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["signal_id"], ["signals.id"], name=op.f("fk_wraps_signal_id_signals"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("record_id", "version", "key_id", "generation", name=op.f("pk_wraps")),
        schema="wraps",
        postgresql_partition_by="LIST (generation)",
    )
    op.create_index("ix_wraps_signal_id", "wraps", ["signal_id"], unique=False, schema="wraps")
    op.create_table(
        "classifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("secondary", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("topics", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("confidence", sa.SmallInteger(), nullable=True),
        sa.Column("categoriser", sa.Text(), nullable=True),
        sa.Column("lexicon_rules", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("made_by in ('machine', 'person')", name=op.f("ck_classifications_made_by")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_classifications_case_id_cases"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["signal_id", "organisation_id"],
            ["signals.id", "signals.organisation_id"],
            name=op.f("fk_classifications_signal_id_signals"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_classifications")),
    )
    op.create_index("ix_classifications_case_id", "classifications", ["case_id"], unique=False)
    op.create_table(
        "disclosures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("queue_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("parts", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("supplied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ended in ('closed', 'returned')", name=op.f("ck_disclosures_ended")),
        sa.CheckConstraint("mode in ('direct', 'confirmed')", name=op.f("ck_disclosures_mode")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_disclosures_case_id_cases"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name=op.f("fk_disclosures_queue_id_queues")),
        sa.ForeignKeyConstraint(
            ["recipient"], ["organisations.id"], name=op.f("fk_disclosures_recipient_organisations")
        ),
        sa.ForeignKeyConstraint(
            ["signal_id", "organisation_id"],
            ["signals.id", "signals.organisation_id"],
            name=op.f("fk_disclosures_signal_id_signals"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosures")),
    )
    op.create_index("ix_disclosures_signal_id", "disclosures", ["signal_id"], unique=False)
    op.create_index(
        "ix_disclosures_unsettled",
        "disclosures",
        ["ended_at"],
        unique=False,
        postgresql_where="seen_at is null and ended_at is not null",
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("sender in ('reporter', 'desk')", name=op.f("ck_messages_sender")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_messages_case_id_cases"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["signal_id", "organisation_id"],
            ["signals.id", "signals.organisation_id"],
            name=op.f("fk_messages_signal_id_signals"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
    )
    op.create_index("ix_messages_case_id", "messages", ["case_id"], unique=False)
    op.create_index("ix_messages_signal_id", "messages", ["signal_id"], unique=False)
    op.create_table(
        "openings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_openings_case_id_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_openings")),
    )
    op.create_index("ix_openings_case_id", "openings", ["case_id", "at"], unique=False)
    op.create_table(
        "transitions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("transition", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("record_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_transitions_case_id_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transitions")),
    )
    op.create_index("ix_transitions_case_id", "transitions", ["case_id", "at"], unique=False)
    protect()
