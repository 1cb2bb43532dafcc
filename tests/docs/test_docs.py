"""The documents say what the code does: settings, commands, routes, permissions, words, links."""

import re
from pathlib import Path

import pytest
import typer
from fastapi.routing import iter_route_contexts
from pydantic import SecretStr

from app.cli import app as command
from app.http.application import Desk as Application
from app.http.openapi import Described
from app.identity.policy import ANYONE, PERMISSIONS
from app.main import create_app
from app.settings import SECRETS, Settings

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
OPEN = {"/healthz", "/readyz", "/v1/openapi.json"}


def text_of(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def table_rows(text: str, columns: int) -> set[tuple[str, ...]]:
    """Rows of every table with this many columns, without its header."""
    found = set()
    for line in text.splitlines():
        cells = tuple(cell.strip() for cell in line.strip("| ").split(" | "))
        if line.startswith("| ") and len(cells) == columns:
            found.add(cells)
    return found


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Application:
    home = tmp_path_factory.mktemp("home")
    url = SecretStr("postgresql://127.0.0.1:1/none")
    return create_app(
        Settings.model_construct(
            **Settings(home=home, environment="demo").model_dump(exclude={"database_url"}), database_url=url
        )
    )


def doors(application: Application, prefix: str) -> set[tuple[str, str, str]]:
    """Method, path and permission of every guarded route under a prefix."""
    found = set()
    for route in iter_route_contexts(application.routes):
        path = str(route.path_format or "")
        if not path.startswith(prefix + "/") or getattr(route, "dependant", None) is None:
            continue
        for method in route.methods or ():
            described = Described({}, path, method, route)
            if described.door is not None:
                found.add((method, path, described.door.permission))
    return found


def test_every_route_stands_in_the_docs_with_its_permission(application: Application) -> None:
    real = doors(application, "/v1")
    assert len(real) >= 16
    told = {row for row in table_rows(text_of("api.md"), 3) if row[1].startswith("/v1")}
    assert told == real


def test_page_side_has_the_same_guarded_routes_but_the_webhook(application: Application) -> None:
    outside = {
        (method, path.removeprefix("/v1"), needed) for method, path, needed in doors(application, "/v1")
    }
    inside = {
        (method, path.removeprefix("/web"), needed) for method, path, needed in doors(application, "/web")
    }
    assert inside == {row for row in outside if row[2] != "webhook:deliver"}


def test_no_route_under_v1_is_unguarded(application: Application) -> None:
    guarded = {(method, path) for method, path, _ in doors(application, "/v1")}
    for route in iter_route_contexts(application.routes):
        path = str(route.path_format or "")
        if path.startswith("/v1") and path not in OPEN:
            for method in route.methods or ():
                assert (method, path) in guarded, (method, path)


def test_permission_table_in_the_docs_is_the_one_in_force() -> None:
    told = {row[0]: row[1] for row in table_rows(text_of("api.md"), 2) if ":" in row[0]}
    real = {
        name: "anyone" if roles is ANYONE else ", ".join(sorted(role.value for role in roles))
        for name, roles in PERMISSIONS.items()
    }
    assert told == real


def test_every_setting_is_documented() -> None:
    told = set(re.findall(r"^\| `(MELDPUNT_[A-Z_]+)`", text_of("operations.md"), re.MULTILINE))
    assert told == {f"MELDPUNT_{name.upper()}" for name in Settings.model_fields}


def test_settings_that_may_be_files_are_marked() -> None:
    told = set(re.findall(r"^\| `MELDPUNT_([A-Z_]+)` \(`_FILE`\)", text_of("operations.md"), re.MULTILINE))
    assert told == set(SECRETS)


def test_every_command_is_documented() -> None:
    group = typer.main.get_command(command)
    found = set()
    for name, one in getattr(group, "commands", {}).items():
        inner = getattr(one, "commands", None)
        found |= {f"{name} {sub}" for sub in inner} if inner else {name}
    told = set(
        re.findall(r"^\| `meldpunt ([a-z -]+?)(?: --[^`]*)?` \|", text_of("operations.md"), re.MULTILINE)
    )
    assert found <= told
    assert {name for name in told if name not in found} == set()


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{document.name}: {target}"
        for document in DOCUMENTS
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
        if "://" not in target and not (document.parent / target).exists()
    ]
    assert broken == []


def test_threat_model_names_tests_that_exist() -> None:
    named = set(re.findall(r"tests/[a-z_/]+(?:\.py)?", text_of("threat-model.md")))
    assert named
    assert [name for name in sorted(named) if not (ROOT / name.rstrip("/")).exists()] == []


def test_documents_speak_of_the_project_alone() -> None:
    wrong = re.compile(
        r"/(?:work|root|home/[a-z]+)/|issue #?\d|\bTODO\b|pypi\.org|localhost:\d{4}/simple", re.IGNORECASE
    )
    assert [d.name for d in DOCUMENTS if wrong.search(d.read_text(encoding="utf-8"))] == []


def test_nothing_commits_but_the_database_module_and_the_installation() -> None:
    allowed = {ROOT / "app" / "database.py", ROOT / "app" / "installation.py"}
    found = {file for file in (ROOT / "app").rglob("*.py") if ".commit(" in file.read_text(encoding="utf-8")}
    assert found == allowed
