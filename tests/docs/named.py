"""What documents may refer to: tests by file and name, headings of other documents. Read, never run."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TEST = re.compile(r"`(tests/[a-z0-9_/]+\.py)::(test_[a-z0-9_]+)`")
LINK = re.compile(r"\]\(([^)#]*)#([^)]+)\)")


@cache
def names_in(file: str) -> frozenset[str]:
    """The names of all tests in a file, none where there is no such file."""
    path = ROOT / file
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(
        node.name for node in ast.walk(tree) if isinstance(node, kinds) and node.name.startswith("test_")
    )


@cache
def anchors(document: Path) -> frozenset[str]:
    """The anchors of a document's headings, as GitHub and GitLab make them."""
    headings = re.findall(r"^#{1,6} (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.strip().lower()) for heading in headings)
    return frozenset(heading.replace(" ", "-") for heading in plain)


def named_tests(text: str) -> list[tuple[str, str]]:
    """Every test that a text names, as file and function."""
    return [(match[1], match[2]) for match in TEST.finditer(text)]


def unknown_tests(text: str) -> list[str]:
    """Tests that a text names and nobody wrote."""
    return [f"{file}::{name}" for file, name in named_tests(text) if name not in names_in(file)]


def unknown_places(text: str, folder: Path) -> list[str]:
    """Links of a text, in a document of `folder`, to a heading that is not there."""
    return [
        f"{target}#{anchor}"
        for target, anchor in LINK.findall(text)
        if not (folder / target).is_file() or anchor not in anchors((folder / target).resolve())
    ]
