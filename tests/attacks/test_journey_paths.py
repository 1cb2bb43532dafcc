"""Names of files that climb out of their folder: in addresses, in arguments, in settings and in what is reported.

Seen in knadh/listmonk#3065 and rundeck/rundeck#3471 (names inside an archive), CVE-2023-29159 (starlette: a neighbour
whose name begins alike), CVE-2024-32982 (litestar: an encoded slash) and CVE-2026-48818 (a path that is a share).
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import StartRefused
from app.pages.routes import FOLDER
from app.settings import Settings, load
from app.vault import keys
from app.vault.keyfolder import pair_file
from tests.attacks.town import report
from tests.desk import EMMEN, Server
from tests.interface.wire import request, speak
from tests.operations import own

pytestmark = pytest.mark.anyio
CLIMBING = (
    *(
        "../routes.py",
        "..%2froutes.py",
        "%2e%2e/routes.py",
        "%2e%2e%2froutes.py",
        "..%5croutes.py",
        "..\\routes.py",
    ),
    *(
        "....//routes.py",
        "..;/routes.py",
        "..%00/routes.py",
        "../routes.py%00.css",
        "%252e%252e%252froutes.py",
    ),
    *(
        "%c0%ae%c0%ae/routes.py",
        "%e0%80%ae%e0%80%ae/routes.py",
        "．．/routes.py",
        "x/../../routes.py",
        "/../routes.py",
    ),
    *(
        "../templates/base.html",
        "../../main.py",
        "../../../../../../../../etc/passwd",
        "%2fetc%2fpasswd",
        "/etc/passwd",
    ),
    *(
        "..",
        ".",
        "",
        "../",
        "./../",
        "%2e%2e",
        "../static_x/a",
        "//kwaad.example/x",
        "\\\\kwaad.example\\x",
        "C:/Windows/x",
    ),
    *(
        "~root/.ssh/id_rsa",
        "base.css/",
        "base.css/..",
        "base.css%00",
        "BASE.CSS",
        ".env",
        "base.css~",
        "base.css.bak",
    ),
)


@pytest.fixture(scope="module")
def server(module_settings: Settings) -> Iterator[Server]:
    with Server(module_settings) as running:
        yield running


@pytest.mark.parametrize("prefix", ["/static/", "/static", "/"])
def test_no_address_leaves_the_folder_of_files_for_pages(server: Server, prefix: str) -> None:
    known = {path.name for path in (FOLDER / "static").iterdir()}
    for name in CLIMBING:
        raw = request("GET", f"{prefix}{name}", (), b"")
        answer = speak(server.settings.port, raw)
        plain = (prefix, name) == ("/static/", "base.css")
        assert answer.status in {400, 404, 405} or plain or f"{prefix}{name}" == "/", (prefix, name)
        for inside in (b"import ", b"root:", b"{% block", b"def "):
            assert inside not in answer.body, (prefix, name)
    assert "base.css" in known


def test_the_folder_of_files_for_pages_holds_nothing_else() -> None:
    """No link out of it, nothing hidden, no folder that would be listed."""
    found = list((FOLDER / "static").rglob("*"))
    assert len(found) > 15
    for path in found:
        assert path.is_file(), path
        assert not path.is_symlink(), path
        assert path.suffix in {".js", ".css", ".svg"}, path


PIECES = st.sampled_from(
    ["..", "/", "\\", ".", "a", "-", "gemeente", "~", "\0", "%2f", "é", " ", "2026q3", "\n"]
)


@given(st.lists(PIECES, max_size=8).map("".join), st.lists(PIECES, max_size=4).map("".join))
def test_a_key_file_lies_in_its_folder_or_nowhere(holder: str, generation: str) -> None:
    folder = Path("/var/lib/meldpunt/keys")
    for one, other in ((holder, "2026q3"), ("gemeente-emmen", generation), (holder, generation)):
        try:
            file = pair_file(folder, one, other)
        except ValueError:
            continue
        assert Path(os.path.normpath(file)).parent == folder / "pairs"
        assert file.name == f"{one}.{other}.key"


def everything(folder: Path) -> set[Path]:
    """All files below, but the database's own."""
    return {path for path in folder.rglob("*") if "postgres" not in path.parts}


HOLDERS = (
    "../../weg",
    "/tmp/weg",
    "gemeente-emmen/../weg",
    "..",
    "gemeente-emmen\0",
    "gemeente_emmen",
    "weg.key",
    "",
)


@pytest.mark.parametrize("holder", HOLDERS)
def test_no_name_of_a_keyholder_makes_a_file_elsewhere(server: Server, holder: str) -> None:
    home = server.settings.home
    before = everything(home)
    with pytest.raises((StartRefused, ValueError)):
        keys.new_generation(server.settings, holder)
    assert everything(home) == before
    assert not list(home.parent.glob("weg*")) + list(home.parent.parent.glob("weg*"))


def test_commands_take_no_path_for_a_name(server: Server, tmp_path: Path) -> None:
    """An organisation, a person or a keyholder that is a path is refused in a sentence, and nothing is written."""
    told = server.environment()
    for words in (
        ("organisations", "show", "../../etc/passwd"),
        ("organisations", "readiness", "gemeente-emmen/.."),
        ("grants", "list", "/etc/passwd"),
        ("access", "review", "--organisation", "../gemeente-emmen", "--csv", str(tmp_path / "x.csv")),
        ("token", "../../ans"),
        ("keys", "new", "../../weg"),
    ):
        done = own.run(told, *words)
        assert done.returncode == 2, (words, done.stderr)
        assert "Traceback" not in done.stderr
        assert "root:" not in done.stdout + done.stderr
    assert everything(tmp_path) == set()


def test_analysing_a_file_reads_that_file_and_writes_none(server: Server, tmp_path: Path) -> None:
    """Whatever its lines call themselves; and a folder, a missing file or a name of nothing is told so."""
    file = tmp_path / "in.jsonl"
    ids = ["../../weg", "/etc/passwd", "..\\weg", "a\0b", "%2e%2e%2fweg", "x/../../y"]
    file.write_text(
        "\n".join(json.dumps({"id": one, "text": "Er ruikt iets.", "source": one}) for one in ids)
    )
    before = everything(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "app", "analyse", str(file)],
        env=server.environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["id"] for line in told if "error" not in line] == [one for one in ids if "\0" not in one]
    assert everything(tmp_path) == before
    for name in (str(tmp_path), str(tmp_path / "geen"), "/etc/shadow/x", "", "a" * 5000):
        done = own.run(server.environment(), "analyse", name)
        assert done.returncode == 2, name
        assert "Traceback" not in done.stderr
        assert done.stdout == ""


@pytest.mark.parametrize("name", ["DATABASE_URL", "WEBHOOK_SECRETS", "KEY_PASSPHRASE", "INTAKE_KEY"])
def test_a_setting_from_a_file_that_is_none_is_told_without_what_it_holds(tmp_path: Path, name: str) -> None:
    secret = tmp_path / "geheim"
    secret.write_bytes(b"zwarte\xffmarkering")
    for path in (str(tmp_path), str(tmp_path / "geen"), str(secret), "\0", "/etc/passwd/x"):
        with pytest.raises((StartRefused, ValueError)) as refused:
            load({f"MELDPUNT_{name}_FILE": path, "MELDPUNT_HOME": str(tmp_path)})
        assert "markering" not in str(refused.value)


async def test_names_that_are_paths_are_words_in_a_report(server: Server) -> None:
    """They come back as they were, and no file on the desk's machine has to do with them."""
    home = server.settings.home
    async with server.client() as desk:
        await desk.as_("ans").report()
        before = everything(home / "keys") | everything(home / "logins")
        name = "../../../../tmp/weg.jpg\\..\\x"
        made = await desk.as_("ans").report(**report(name, "Er ligt iets.", EMMEN))
        assert everything(home / "keys") | everything(home / "logins") == before
        asked = {"receiptCode": made["receiptCode"]}
        looked = await desk.as_(None).post("/v1/receipt-lookups", asked)
        assert looked.status_code == 200
