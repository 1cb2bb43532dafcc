"""References people can say aloud: a year and six random characters, telling nothing of order or number."""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new(year: int) -> str:
    """A fresh reference such as `2026-7KQ4XT` (30 bits; the table keeps them unique)."""
    return f"{year}-" + "".join(secrets.choice(ALPHABET) for _ in range(6))
