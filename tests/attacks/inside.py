"""Words by which an answer tells what the desk is made of: libraries, files, statements, addresses in memory."""

import re

from tests.desk import ROOT

INSIDE = re.compile(
    re.escape(str(ROOT))
    + r"|Traceback|File \"|\.py\b|site-packages|/usr/|/home/|/dev/shm|/tmp/|/var/lib|asyncpg"
    r"|sqlalchemy|pydantic"
    r"|starlette|fastapi|uvicorn|postgres|psycopg|httptools|\bselect .* from\b|\binsert into\b|relation \"|column \""
    r"|SQLSTATE|0x[0-9a-f]{6,}|meldpunt_[a-z]+|<class|object at|(?-i:\bNone\b|\b[A-Z][A-Za-z]+(?:Error|Exception)\b)",
    re.IGNORECASE,
)


def words_of_the_inside(text: str) -> list[str]:
    """What of it stands in this text."""
    return [found[0] for found in INSIDE.finditer(text)]
