"""The entry for the national register of algorithms, made from the categoriser in use and its data sheet. Pure.

Fields and lengths are those of the register's publication standard 1.0. The words stand in `register.toml`; versions
and sizes come from the model and the lexicon, figures from the data sheet (docs/classification.md).
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Any

from app.classification import lexicon, weights
from app.classification.values import Categoriser

LENGTHS: Mapping[str, int] = MappingProxyType(
    {
        "name": 100,
        "description_short": 350,
        "organization": 100,
        "contact_email": 500,
        "goal": 2500,
        "proportionality": 2500,
        "human_intervention": 2500,
        "risks": 2500,
        "lawful_basis": 2500,
        "source_data": 2500,
        "methods_and_models": 5000,
    }
)
"""How many characters a field may have at most."""
LANGUAGES = {"nl": "Nederlands", "en": "Engels", "de": "Duits", "mixed": "gemengde talen"}
LEARNT = ("macro F1", "right of proposed", "proposed", "none proposed")
WORDED = ("macro F1", "precision", "coverage", "none sorted")


class SheetError(ValueError):
    """The data sheet does not tell the figures of the categoriser in use; the message names what is missing."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One row of the data sheet's table, as it stands there; shares from 0 to 1."""

    texts: str
    f1: str
    right: str
    proposed: str
    none: str


@dataclass(frozen=True, slots=True)
class Given:
    """What only the organisation knows: its full name, where to ask, and since when (`2026-11`) it is in use."""

    organization: str
    contact: str
    since: str | None = None


def entry(sorter: Categoriser, sheet: str, given: Given) -> dict[str, Any]:
    """The fields of the entry for one organisation. Raises SheetError, and ValueError for what is too long."""
    words = tomllib.loads(
        resources.files("app.classification").joinpath("register.toml").read_text(encoding="utf-8")
    )
    kinds = {"learnt": words.pop("learnt"), "worded": words.pop("worded")}
    told = kinds["learnt" if is_learnt(sorter) else "worded"]
    values = facts(sorter, sheet) | {"unread": told["unread"]}
    fields = {
        **words,
        "organization": given.organization,
        "contact_email": given.contact,
        "status": "In gebruik" if given.since else "In ontwikkeling",
        "begin_date": given.since or "",
        "risks": words["risks"].format_map(values),
        "methods_and_models": told["methods_and_models"].format_map(values),
    }
    for name, most in LENGTHS.items():
        if not 0 < len(fields[name]) <= most:
            raise ValueError(name)
    return {name: value for name, value in fields.items() if value}


def is_learnt(sorter: Categoriser) -> bool:
    """Whether the trained weights of this release are part of what sorts."""
    return weights.shipped().version in sorter.version


def facts(sorter: Categoriser, sheet: str) -> dict[str, str]:
    """Versions, sizes and figures, as Dutch text."""
    rows = dict(figures(sheet, LEARNT if is_learnt(sorter) else WORDED))
    if "all" not in rows:
        raise SheetError("all")
    held, found, every = weights.shipped(), lexicon.shipped(), rows["all"]
    languages = [
        f"{LANGUAGES[language]} {_comma(row.f1)} ({_thousands(row.texts)} teksten)"
        for language, row in sorted((name.removeprefix("language "), row) for name, row in rows.items())
        if language in LANGUAGES
    ]
    return {
        "model": held.version,
        "lexicon": found.version,
        "features": _thousands(sum(map(len, held.tables.values()))),
        "rules": _thousands(len(found.rules)),
        "texts": _thousands(every.texts),
        "f1": _comma(every.f1),
        "languages": f" (per taal: {', '.join(languages)})" if languages else "",
        **{name: _percent(getattr(every, name)) for name in ("right", "proposed", "none")},
    }


def figures(sheet: str, columns: tuple[str, ...]) -> Iterator[tuple[str, Figures]]:
    """The rows of the data sheet's table of texts that has these columns, by name."""
    head: list[str] = []
    for line in sheet.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            head = []
        elif not head:
            head = cells
        elif head[0] == "texts of" and set(columns) <= set(head) and not cells[0].startswith("-"):
            row = dict(zip(head, cells, strict=True))
            yield cells[0], Figures(row["n"], *(row[name] for name in columns))


def _comma(share: str) -> str:
    return share.replace(".", ",")


def _percent(share: str) -> str:
    return f"{round(100 * float(share), 1):g}".replace(".", ",") + " procent"


def _thousands(count: int | str) -> str:
    return f"{int(count):,}".replace(",", ".")
