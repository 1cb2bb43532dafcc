"""The worker may read when a case came in and when it is due, to count what waits."""

from alembic import op

revision = "1a5c0de0a004"
down_revision = "1a5c0de0a005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two more columns for one login."""
    op.execute("grant select (received_at, due_at) on cases to meldpunt_worker")
