"""Two anonymous reports of one person share no value that tells they came from one hand."""

import re
from collections import Counter

import pytest

from app.settings import Settings
from tests.casework.steps import query
from tests.desk import EMMEN, Client

pytestmark = pytest.mark.anyio
TABLES = """select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname in ('public', 'wraps') and c.relname not in ('alembic_version')"""
TELLING = re.compile(r"[0-9a-f]{12,}|[A-Za-z0-9_-]{20,}|\d{2}:\d{2}:\d{2}\.\d+")
"""Digests, ids, keys, moments: values that do not occur twice by chance. Hyphens of ids are taken away first."""


async def values(settings: Settings, table: str) -> list[str]:
    """The rows of a table as text."""
    return [row["t"] for row in await query(settings, f"select t::text as t from {table} t")]


async def telling(settings: Settings, before: dict[str, Counter[str]]) -> dict[str, Counter[str]]:
    """By table, the telling values of rows that were not there before."""
    found = {}
    for row in await query(settings, TABLES):
        rows = Counter(await values(settings, row["name"])) - before.get(row["name"], Counter())
        words: Counter[str] = Counter()
        for text in rows:
            words.update(set(TELLING.findall(text.replace("-", ""))))
        found[row["name"]] = words
    return found


async def everything(settings: Settings) -> dict[str, Counter[str]]:
    """Every row of every table."""
    return {
        row["name"]: Counter(await values(settings, row["name"])) for row in await query(settings, TABLES)
    }


async def test_two_anonymous_reports_of_one_person_share_no_telling_value(
    client: Client, settings: Settings
) -> None:
    ans, fenna = client.as_("ans"), client.as_("fenna")
    start = await everything(settings)
    await ans.report(confidentiality="anonymous", location=EMMEN)
    first = await telling(settings, start)
    middle = await everything(settings)
    await ans.report(
        confidentiality="anonymous", location=EMMEN, text="Een heel ander verhaal over een loods."
    )
    second = await telling(settings, middle)
    later = await everything(settings)
    await fenna.report(confidentiality="anonymous", location=EMMEN)
    await fenna.report(
        confidentiality="anonymous", location=EMMEN, text="Weer een ander verhaal van een ander."
    )
    others = await telling(settings, later)
    all_of = {
        name: set().union(*(words for words in found.values()))
        for name, found in (
            ("first", first),
            ("second", second),
            ("others", others),
        )
    }
    # What every report has in common (keys of the recipients, versions) tells nothing about who sent it.
    shared = (all_of["first"] & all_of["second"]) - all_of["others"]
    assert {name: words.keys() & shared for name, words in second.items() if words.keys() & shared} == {}
    assert all_of["first"]
    assert all(ans.sub.replace("-", "") not in words for words in all_of.values())
