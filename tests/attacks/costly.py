"""In a process of its own: which expressions of the desk, or which of its readers, a hostile text keeps busy.

`python -m tests.attacks.costly NAME` prints a JSON list of what went over its budget of processor time; `planted` are
expressions that must be found. The budget is of processor time, so that it says the same on a busy machine, and some
hundred times what work that grows with the length takes: an expression that tries every way over 50 000 characters
takes ten times the budget, and one that doubles never ends. A match is broken off by a signal.
"""

import ast
import importlib
import json
import pkgutil
import re
import resource
import signal
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import app
from app.classification.categoriser import classify
from app.crypto import canonical
from app.http.body import LIMIT
from app.identifiers import mentions
from tests.attacks.costly_input import BODIES, TEXTS
from tests.attacks.pumps import attacks

SECONDS = 0.5
READING_SECONDS = 5.0
"""For what does more than match an expression: some twenty times what the longest takes, which grows with the length."""
METHODS = frozenset({"match", "fullmatch", "search", "finditer", "findall", "sub", "subn", "split"})
PLANTED = {
    "(a+)+$": "match",
    r"\s*(\d+)\s*(\S+) (.*)": "match",
    r"(.+?)\((.*)\)": "match",
    r'[ \t,]*"[!#-~]*"(?:[ \t]*,[ \t]*(?:"[!#-~]*")?)*[ \t]*': "fullmatch",
    r"[a-z]+@": "finditer",
}
"""Known ones: the textbook's, py's (CVE-2020-29651), configobj's (CVE-2023-26112), a list of tags, a plain search."""
Expression = tuple[str, "re.Pattern[Any]", frozenset[str]]


class Over(Exception):
    """The budget is spent."""


def over(*_: object) -> None:
    raise Over


def within(work: Callable[[], object], seconds: float = SECONDS) -> bool:
    """Whether `work` keeps within its budget of processor time."""
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        work()
    except Over:
        return False
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return True


def modules() -> Iterator[Any]:
    """Every module of the desk but the one that starts it."""
    for found in pkgutil.walk_packages(app.__path__, "app."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def expressions() -> list[Expression]:
    """Every expression of the desk with how it is used: those with a name, and those written where they are used."""
    known = list(modules())
    used: dict[tuple[str, str], set[str]] = defaultdict(set)
    found: list[Expression] = []
    for module in known:
        for call in _calls(module):
            assert isinstance(call.func, ast.Attribute)
            holder, method = call.func.value, call.func.attr
            if isinstance(holder, ast.Name) and holder.id == "re":
                # An expression that is put together where it is used would be seen by nobody here.
                literal = ast.literal_eval(call.args[0])
                found.append((f"{module.__name__}: {literal!a}", re.compile(literal), frozenset({method})))
            elif isinstance(holder, ast.Name):
                used[module.__name__, holder.id].add(method)
            elif isinstance(holder, ast.Attribute):
                used["", holder.attr].add(method)
    for module in known:
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern):
                how = used[module.__name__, name] | used["", name]
                found.append((f"{module.__name__}.{name}", value, frozenset(how or {"search"})))
    return found


def _calls(module: Any) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(Path(module.__file__).read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            yield node


def _apply(pattern: "re.Pattern[Any]", method: str, text: Any) -> None:
    if method in {"sub", "subn", "findall", "split"}:
        method = "finditer"
    found = getattr(pattern, method)(text)
    if method == "finditer":
        for _ in found:
            pass


def eager(found: list[Expression]) -> list[str]:
    """The names of expressions that one of their attacks keeps busy."""
    return [
        name
        for name, pattern, methods in found
        for method in sorted(methods)
        if not all(within(partial(_apply, pattern, method, text)) for text in attacks(pattern))
    ]


def planted() -> list[str]:
    """The expressions above, of which every one must come back."""
    return eager([(text, re.compile(text), frozenset({method})) for text, method in PLANTED.items()])


def sorting() -> list[str]:
    """What a report's text at its longest keeps busy: sorting it, or finding what it mentions."""
    classify("")
    work: Mapping[str, Callable[[str], object]] = {"classify": classify, "mentions": mentions}
    return [
        f"{name} {piece!a}"
        for name, do in work.items()
        for piece in TEXTS
        if not within(partial(do, (piece * 20_000)[:20_000]), READING_SECONDS)
    ]


def reading() -> list[str]:
    """Bodies at their largest that keep the reader busy."""

    def read(body: bytes) -> None:
        try:
            canonical.parse(body)
        except canonical.NotJson:
            return

    bodies = {name: make(LIMIT) for name, make in BODIES.items()}
    assert all(len(body) <= LIMIT for body in bodies.values())
    return [name for name, body in bodies.items() if not within(partial(read, body), READING_SECONDS)]


def ours() -> list[str]:
    """The desk's own expressions."""
    found = expressions()
    assert len(found) > 50
    return eager(found)


JOBS: Mapping[str, Callable[[], list[str]]] = {
    "expressions": ours,
    "planted": planted,
    "sorting": sorting,
    "reading": reading,
}

if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CPU, (300, 300))
    signal.signal(signal.SIGVTALRM, over)
    print(json.dumps(JOBS[sys.argv[1]]()))
