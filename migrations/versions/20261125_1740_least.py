"""Each login a little less: rows hang only on the case they name whole, and the worker clears only what is over.

Foreign keys see rows that row security hides. With the owner and the holder in the key, a row that names another's
case is refused as one that names no case at all: trying tells nothing.
"""

from alembic import op

revision = "1a5c0de0a005"
down_revision = "1a5c0de0a003"
branch_labels = None
depends_on = None

# table and the column that says whose case it must be
HANGING = (
    ("transitions", "holder"),
    ("openings", "holder"),
    ("classifications", "holder"),
    ("disclosures", "recipient"),
)
OWN = "organisation_id = nullif(current_setting('meldpunt.organisation', true), '')"
REGISTER = "current_setting('meldpunt.register', true) = 'all'"
COVER = "a.cover_id = nullif(current_setting('meldpunt.organisation', true), '')"
OPENED = (
    "exists (select 1 from approvals a where a.id = grants.approval_id and a.organisation_id = grants.organisation_id"
    f" and a.kind = 'break_glass' and {COVER})"
)
COVERED = f"exists (select 1 from approvals a where a.organisation_id = notices.organisation_id and {COVER})"
# table and which rows the worker's login may see and take away
OPEN = "state <> 'closed'"
DONE = "made_at < now() - case kind when 'request' then interval '24 hours' else interval '30 days' end"
UNUSED = "filled_at < now() - interval '1 day'"
OVER = "ends_at < now()"
CLEARED: tuple[tuple[str, str], ...] = (
    # Who could take away any of these could have a report made twice, lift the limit on codes, send everybody away.
    ("idempotency", DONE),
    ("rate_buckets", UNUSED),
    ("sessions", OVER),
)


def upgrade() -> None:
    op.create_unique_constraint(op.f("uq_cases_id"), "cases", ["id", "organisation_id", "holder"])
    for table, holder in HANGING:
        name = op.f(f"fk_{table}_case_id_cases")
        op.drop_constraint(name, table, type_="foreignkey")
        op.create_foreign_key(
            name,
            table,
            "cases",
            ["case_id", "organisation_id", holder],
            ["id", "organisation_id", "holder"],
            ondelete="CASCADE",
        )
    for table, rows in CLEARED:
        for command in ("select", "delete"):
            op.execute(f"alter policy {command}_worker on {table} using ({rows})")
    # What an organisation arranged, and with whom, is its own and of who keeps the register.
    op.execute(f"alter policy select_app on settings_versions using ({OWN} or {REGISTER})")
    # Who covers for an organisation opens the glass there and tells its privacy officer, and gives no other role.
    op.execute(f"alter policy insert_app on grants with check ({OWN} or {REGISTER} or {OPENED})")
    op.execute(f"alter policy insert_app on notices with check ({OWN} or {REGISTER} or {COVERED})")
    # Nothing is closed by the machine, and what a person closed it does not open again.
    op.execute(f"alter policy update_worker on cases using ({OPEN}) with check ({OPEN})")
