"""The schema as `migrations/schema.txt` shows it: one catalog query, one line for each thing that grants or guards.

A change of the migrations changes that file, and the change is reviewed there. To write it anew:
`python -m tests.database.schema > migrations/schema.txt`
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from app import installation
from app.database import engine_for
from app.demo import postgres
from app.demo.cluster import make_home
from app.settings import Settings

FILE = Path(__file__).resolve().parents[2] / "migrations" / "schema.txt"
QUERY = Path(__file__).with_name("schema.sql").read_text(encoding="utf-8")
RENEW = "review the difference, then: python -m tests.database.schema > migrations/schema.txt"


async def lines(admin_url: str) -> list[str]:
    """The schema of this database, a line for each thing; `admin_url` is a superuser's."""
    engine = engine_for(admin_url, 1, seconds=None)
    try:
        async with engine.connect() as connection:
            found = await connection.exec_driver_sql(QUERY)
            return [str(line) for line in found.scalars()]
    finally:
        await engine.dispose()


def fresh() -> list[str]:
    """The schema that the migrations make on a new embedded server, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="meldpunt-schema-") as place:
        home = Path(place)
        home.chmod(0o711)
        make_home(home)
        settings = Settings(home=home, environment="demo")
        with postgres.running(settings, progress=lambda _: None, durable=False) as server:
            installation.run(server.url_admin, settings)
            return asyncio.run(lines(server.url_admin))


if __name__ == "__main__":
    sys.stdout.write("\n".join(fresh()) + "\n")
