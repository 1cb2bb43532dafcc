"""What is shipped: the image, the set-up of deploy, the scripts of the pages. Read as text: it holds on any machine."""

import ast
import re

from app.crypto.aead import NONCE_LENGTH
from app.crypto.atrest import SALT_LENGTH
from app.crypto.derive import KEY_LENGTH
from tests.docs.named import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = (ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8")
IGNORED = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
OURS = {"app", "migrations", "alembic.ini", "pyproject.toml", "requirements.txt", "README.md", "LICENSE"}
SECRETS = {
    "database": {"postgres"},
    "serve": {
        "issuers",
        "login_secret",
        "key_passphrase",
        "webhook_secrets",
        "meldpunt_app",
        "meldpunt_intake",
        "meldpunt_auditor",
    },
    "intake": {"intake_issuers", "intake_key", "directory_pub", "webhook_secrets", "meldpunt_intake"},
    "worker": {"key_passphrase", "meldpunt_worker"},
}
"""The secrets of each process that goes on running; `migrate` gets all logins and ends."""


def services() -> dict[str, str]:
    """The text of each service."""
    within = COMPOSE.split("\nservices:\n")[1].split("\nnetworks:\n")[0]
    parts = re.split(r"^  ([a-z]+):\n", within, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def given(text: str, member: str) -> list[str]:
    """The items of a list that stands in brackets."""
    found = re.search(rf"^    {member}: \[([^\]]*)\]", text, re.MULTILINE)
    return [] if found is None else [item.strip().strip('"') for item in found[1].split(",")]


def test_the_image_holds_the_application_and_nothing_else() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    assert {name for line in copied for name in line.split()} == OURS
    rules = [line for line in IGNORED if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == OURS


def test_what_is_shipped_runs_in_production() -> None:
    assert "demo" not in DOCKERFILE.lower()
    assert re.findall(r"MELDPUNT_ENVIRONMENT: (\w+)", COMPOSE) == ["production"]
    assert "debug" not in (DOCKERFILE + COMPOSE).lower()


def test_no_process_of_ours_may_more_than_it_must() -> None:
    assert re.search(r"^USER 10001:10001$", DOCKERFILE, re.MULTILINE)
    process = COMPOSE.split("x-process: &process\n")[1].split("\n\n")[0]
    for line in ("read_only: true", "cap_drop: [ALL]", 'security_opt: ["no-new-privileges:true"]'):
        assert line in process
        assert line in services()["database"]
    ours = {name: text for name, text in services().items() if name != "database"}
    assert all("<<: *process" in text for text in ours.values())


def test_each_process_gets_the_secrets_of_its_own_work() -> None:
    found = {name: set(given(text, "secrets")) for name, text in services().items()}
    assert {name: found[name] for name in SECRETS} == SECRETS
    assert set(found) == {*SECRETS, "migrate"}
    assert 'restart: "no"' in services()["migrate"]
    assert "home:" not in services()["intake"]


def test_only_this_machine_reaches_a_port_and_none_leads_to_the_database() -> None:
    found = {name: given(text, "ports") for name, text in services().items()}
    assert {name for name, ports in found.items() if ports} == {"serve", "intake"}
    assert all(port.startswith("127.0.0.1:") for ports in found.values() for port in ports)
    assert "inside: {internal: true}" in COMPOSE
    assert given(services()["database"], "networks") == given(services()["worker"], "networks") == ["inside"]


def test_no_secret_has_a_value_in_what_is_shipped() -> None:
    named = re.compile(r"^\s*(\w*(?:PASSWORD|PASSPHRASE|SECRETS?|_KEY)\w*): *(\S+)", re.MULTILINE)
    assert all(
        name.endswith("_FILE") or value.startswith("/run/secrets/") for name, value in named.findall(COMPOSE)
    )
    assert len(named.findall(COMPOSE)) >= 6
    assert not re.search(r"PASSWORD|PASSPHRASE|SECRET|_KEY", DOCKERFILE)
    assert [file.name for file in (ROOT / "deploy").iterdir() if file.name != "secrets"] == ["compose.yaml"]
    assert "/deploy/secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_no_weak_hash_is_used_anywhere() -> None:
    weak = re.compile(r"\b(?:md5|sha1|SHA1|MD5|random\.(?:random|choice|randint|randbytes))\b")
    files = [file for file in (ROOT / "app").rglob("*.py") if "demo" not in file.parts]
    assert len(files) > 100
    assert [str(file) for file in files if weak.search(file.read_text(encoding="utf-8"))] == []


def test_no_script_writes_under_a_name_that_came_from_outside() -> None:
    """A member called `__proto__` can only be set where a script assigns under a name that is not its own words."""
    chosen = re.compile(
        r"""[\w)\]]\[(?!["'])[^\]]+\]\s*(?:[-+*|&?]{0,2}=)(?!=)|__proto__|Object\.assign|\.prototype\b"""
    )
    scripts = sorted((ROOT / "app" / "pages" / "static").glob("*.js"))
    assert scripts
    assert chosen.search("found[name] = 1")
    assert chosen.search("found[name] ??= []")
    assert [file.name for file in scripts if chosen.search(file.read_text(encoding="utf-8"))] == []


def drawn() -> list[tuple[str, int]]:
    """Where the application draws random bytes, and how many (32 where the call does not say)."""
    known = {
        "KEY_LENGTH": KEY_LENGTH,
        "SALT_LENGTH": SALT_LENGTH,
        "NONCE_LENGTH": NONCE_LENGTH,
        "_ID_LENGTH": 16,
    }
    files = [file for file in (ROOT / "app").rglob("*.py") if "demo" not in file.parts]
    calls = [
        (file.name, node)
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("secrets.token_")
    ]
    given = [(file, ast.unparse(call.args[0]) if call.args else "32") for file, call in calls]
    return [(file, known[said] if said in known else int(said)) for file, said in given]


def test_what_is_drawn_has_128_bits_and_comes_from_the_system() -> None:
    """Cookies, keys, passwords, state and nonces of a sign-in; only the nonce of AES-GCM is shorter, and no secret."""
    found = drawn()
    assert len(found) > 12
    assert [(file, number) for file, number in found if number < 16] == [("aead.py", NONCE_LENGTH)]
    assert ("sessions.py", 32) in found
