"""Grants, approvals, the deny list, settings' versions and notices; row security and grants on all of it."""

import sqlalchemy as sa
from alembic import op

revision = "1a5c0de0a003"
down_revision = "1a5c0de0a002"
branch_labels = None
depends_on = None

OWN = "organisation_id = nullif(current_setting('meldpunt.organisation', true), '')"
REGISTER = "current_setting('meldpunt.register', true) = 'all'"
COVER = "cover_id = nullif(current_setting('meldpunt.organisation', true), '')"
SEEN = "exists (select 1 from approvals a where a.id = {table}.approval_id)"
ALL = "true"

# table, logins, command, which rows are seen, which rows may be written
POLICIES: tuple[tuple[str, str, str, str | None, str | None], ...] = (
    ("grants", "meldpunt_app", "select", f"{OWN} or {REGISTER}", None),
    ("grants", "meldpunt_app", "insert", None, f"{OWN} or {REGISTER}"),
    ("grants", "meldpunt_app", "update", f"{OWN} or {REGISTER}", f"{OWN} or {REGISTER}"),
    ("grants", "meldpunt_worker", "select", ALL, None),
    ("grants", "meldpunt_owner", "select", ALL, None),
    ("grants", "meldpunt_owner", "insert", None, ALL),
    ("denials", "meldpunt_app", "select", f"{OWN} or {REGISTER}", None),
    ("denials", "meldpunt_app", "insert", None, f"{OWN} or {REGISTER}"),
    ("denials", "meldpunt_app", "update", REGISTER, REGISTER),
    ("denials", "meldpunt_worker", "select", ALL, None),
    ("denials", "meldpunt_door", "select", ALL, None),
    ("approvals", "meldpunt_app", "select", f"{OWN} or {COVER} or {REGISTER}", None),
    ("approvals", "meldpunt_app", "insert", None, f"{OWN} or {REGISTER}"),
    ("approval_decisions", "meldpunt_app", "select", SEEN.format(table="approval_decisions"), None),
    ("approval_decisions", "meldpunt_app", "insert", None, SEEN.format(table="approval_decisions")),
    ("approval_uses", "meldpunt_app", "select", SEEN.format(table="approval_uses"), None),
    ("approval_uses", "meldpunt_app", "insert", None, SEEN.format(table="approval_uses")),
    ("notices", "meldpunt_app", "select", OWN, None),
    ("notices", "meldpunt_app", "insert", None, f"{OWN} or {REGISTER}"),
    ("notices", "meldpunt_app", "update", OWN, OWN),
    ("notices", "meldpunt_worker", "insert", None, ALL),
    ("settings_versions", "meldpunt_app", "select", ALL, None),
    ("settings_versions", "meldpunt_app", "insert", None, REGISTER),
    # a term of supply that a second person activated
    ("supply_terms", "meldpunt_app", "insert", None, REGISTER),
    ("supply_terms", "meldpunt_app", "update", REGISTER, REGISTER),
)
# these grants reach these columns only
COLUMNS = {
    ("grants", "meldpunt_app", "update"): "ended_at, ended_by, ended_reason, mac",
    ("denials", "meldpunt_app", "update"): "lifted_at, lifted_by",
    ("denials", "meldpunt_worker", "select"): "organisation_id, subject, lifted_at",
    ("denials", "meldpunt_door", "select"): "person, lifted_at",
    ("notices", "meldpunt_app", "update"): "seen_at, seen_by",
    ("supply_terms", "meldpunt_app", "update"): "mode, ground, valid_until, mac",
}
DENIED = """
create function denied() returns table (person bytea)
language sql stable security definer set search_path = pg_catalog as $$
    select d.person from public.denials d where d.lifted_at is null
$$
"""
# what holds cannot be made to hold anew, and what was decided stays decided
APPEND_ONLY = ("approvals", "approval_decisions", "approval_uses", "settings_versions")


def protect() -> None:
    """Row security and grants, as the first desk's."""
    for table in (
        "grants",
        "denials",
        "approvals",
        "approval_decisions",
        "approval_uses",
        "notices",
        "settings_versions",
    ):
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        op.execute(f"grant select on {table} to meldpunt_backup")
    op.execute("drop policy select_app on supply_terms")
    op.execute(
        f"create policy select_app on supply_terms for select to meldpunt_app using ({OWN} or {REGISTER})"
    )
    for table, login, command, seen, written in POLICIES:
        using = f" using ({seen})" if seen is not None else ""
        check = f" with check ({written})" if written is not None else ""
        name = f"{command}_{login.removeprefix('meldpunt_')}"
        op.execute(f"create policy {name} on {table} for {command} to {login}{using}{check}")
        if login != "meldpunt_owner":
            columns = COLUMNS.get((table, login, command), "")
            op.execute(f"grant {command}{f' ({columns})' if columns else ''} on {table} to {login}")
    op.execute(DENIED)
    op.execute("revoke all on function denied() from public")
    op.execute("grant execute on function denied() to meldpunt_intake")
    op.execute("alter function denied() owner to meldpunt_door")
    for table in APPEND_ONLY:
        op.execute(
            f"create trigger append_only before update or truncate on {table}"
            " for each statement execute function refuse_change()"
        )


def code(name: str, *, nullable: bool = False) -> sa.Column[str]:
    """A text column."""
    return sa.Column(name, sa.Text(), nullable=nullable)


def moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    """A time column."""
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def key(name: str, *, nullable: bool = False) -> sa.Column[object]:
    """An id column."""
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def raw(name: str) -> sa.Column[bytes]:
    """A column of bytes."""
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def organisation(table: str, name: str = "organisation_id") -> sa.ForeignKeyConstraint:
    """The foreign key to the organisation."""
    return sa.ForeignKeyConstraint(
        [name], ["organisations.id"], name=op.f(f"fk_{table}_{name}_organisations")
    )


def approval(table: str) -> sa.ForeignKeyConstraint:
    """The foreign key to the approval."""
    return sa.ForeignKeyConstraint(
        ["approval_id"], ["approvals.id"], name=op.f(f"fk_{table}_approval_id_approvals"), ondelete="CASCADE"
    )


def upgrade() -> None:
    """Seven tables; rows come with the desk's own work. A case whose worker left is nobody's in any state."""
    op.execute("alter table cases drop constraint ck_cases_assignee")
    op.execute(
        "alter table cases add constraint ck_cases_assignee check (state <> 'new' or assignee is null)"
    )
    op.create_table(
        "grants",
        key("id"),
        code("organisation_id"),
        code("subject"),
        code("role"),
        sa.Column("mandate", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("wpg", sa.Boolean(), nullable=False),
        code("principal"),
        code("kind"),
        moment("valid_from"),
        moment("valid_until"),
        code("proposed_by"),
        code("confirmed_by"),
        key("approval_id", nullable=True),
        moment("ended_at", nullable=True),
        code("ended_by", nullable=True),
        code("ended_reason", nullable=True),
        raw("mac"),
        sa.CheckConstraint("kind in ('regular', 'break_glass', 'first')", name=op.f("ck_grants_kind")),
        organisation("grants"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
        sa.UniqueConstraint("approval_id", name=op.f("uq_grants_approval_id")),
    )
    op.create_index("ix_grants_subject", "grants", ["organisation_id", "subject"])
    op.create_table(
        "denials",
        key("id"),
        code("organisation_id"),
        code("subject"),
        raw("person"),
        code("reason_code"),
        code("denied_by"),
        moment("denied_at"),
        moment("lifted_at", nullable=True),
        code("lifted_by", nullable=True),
        organisation("denials"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_denials")),
    )
    op.create_index("ix_denials_subject", "denials", ["organisation_id", "subject"])
    op.create_table(
        "approvals",
        key("id"),
        code("kind"),
        code("organisation_id"),
        code("cover_id", nullable=True),
        code("object_kind"),
        code("object_id"),
        key("case_id", nullable=True),
        raw("content"),
        code("reason_code"),
        code("requested_by"),
        code("requested_principal"),
        code("requested_role"),
        moment("requested_at"),
        moment("expires_at"),
        raw("mac"),
        organisation("approvals"),
        organisation("approvals", "cover_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    op.create_index("ix_approvals_organisation", "approvals", ["organisation_id", "requested_at", "id"])
    op.create_table(
        "approval_decisions",
        key("approval_id"),
        code("organisation_id"),
        code("decision"),
        code("reason_code"),
        code("decided_by"),
        code("decided_principal"),
        code("decided_role"),
        moment("decided_at"),
        raw("mac"),
        sa.CheckConstraint(
            "decision in ('approved', 'refused', 'withdrawn')", name=op.f("ck_approval_decisions_decision")
        ),
        approval("approval_decisions"),
        sa.PrimaryKeyConstraint("approval_id", name=op.f("pk_approval_decisions")),
    )
    op.create_table(
        "approval_uses",
        key("approval_id"),
        code("organisation_id"),
        code("used_by"),
        moment("used_at"),
        approval("approval_uses"),
        sa.PrimaryKeyConstraint("approval_id", name=op.f("pk_approval_uses")),
    )
    op.create_table(
        "notices",
        key("id"),
        code("organisation_id"),
        code("role"),
        code("kind"),
        code("object_kind"),
        code("object_id"),
        moment("made_at"),
        moment("seen_at", nullable=True),
        code("seen_by", nullable=True),
        organisation("notices"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index("ix_notices_organisation", "notices", ["organisation_id", "role", "made_at"])
    op.create_table(
        "settings_versions",
        key("id"),
        code("organisation_id"),
        code("kind"),
        code("name"),
        sa.Column("number", sa.Integer(), nullable=False),
        raw("content"),
        code("proposed_by"),
        code("confirmed_by"),
        key("approval_id"),
        moment("activated_at"),
        raw("mac"),
        organisation("settings_versions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settings_versions")),
        sa.UniqueConstraint("approval_id", name=op.f("uq_settings_versions_approval_id")),
        sa.UniqueConstraint(
            "organisation_id", "kind", "name", "number", name=op.f("uq_settings_versions_organisation_id")
        ),
    )
    protect()
