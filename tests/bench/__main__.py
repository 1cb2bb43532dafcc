"""`make bench`: figures as ratios of one run. Here how the intake compares with the least that could do the same.

(a) a bare FastAPI endpoint on raw asyncpg that inserts rows of the same size in one transaction.
(b) the same endpoint doing also the same token check, HPKE seals and hashes with the bare libraries.
Every contender serves from one process on one core; 32 clients call it from another. Figures are requests a second.
"""

import argparse
import asyncio
import shutil
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pydantic import SecretStr

from app import installation
from app.demo import issuer, postgres
from app.demo.cast import people
from app.demo.cluster import make_home
from app.settings import Settings
from tests.bench import matches, queue_page, slow, sorting
from tests.bench.load import Load, measured
from tests.desk import REPORT, Server, free_port

ROUNDS = 3


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Verhoudingsgetallen van de snelheid.")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--only", choices=["intake", "queue", "slow", "sorting", "matches"])
    asked = parser.parse_args(words)
    if asked.only in (None, "sorting"):
        sorting.report()
    if asked.only != "sorting":
        with_a_desk(asked)


def with_a_desk(asked: argparse.Namespace) -> None:
    """Measure what needs a database, on one that is made for it."""
    memory = Path("/dev/shm")
    home = Path(tempfile.mkdtemp(prefix="meldpunt-bench-", dir=memory if memory.is_dir() else None))
    home.chmod(0o711)
    make_home(home)
    (home / "environment").write_text("demo")
    settings = Settings.model_construct(
        **Settings(home=home, environment="demo", port=free_port(), pool_size=16).model_dump()
    )
    running = postgres.start(settings, progress=lambda _: None)
    try:
        installation.run(running.url_admin, settings, ("gemeente-emmen",), people())
        settings = settings.model_copy(update={"database_url": SecretStr(running.url_admin)})
        with issuer.DemoIssuer(settings):
            token = issuer.fetch_token(settings, "ans")
            load = Load(asked.clients, asked.seconds, token)
            if asked.only in (None, "intake"):
                report(settings, load)
            if asked.only in (None, "queue"):
                queue_page.report(settings, load)
            if asked.only in (None, "slow"):
                slow.report(settings, load)
            if asked.only in (None, "matches"):
                matches.report(settings)
    finally:
        postgres.stop(running)
        shutil.rmtree(home, ignore_errors=True)


def report(settings: Settings, load: Load) -> None:
    """Run each contender in turn, several rounds, and print the medians and ratios."""
    figures: dict[str, list[float]] = {"desk": [], "bare": [], "bare with crypto": []}
    for _ in range(ROUNDS):
        for name, rates in figures.items():
            rates.append(contender(settings, name, load))
    middle = {name: statistics.median(rates) for name, rates in figures.items()}
    for name, rates in figures.items():
        print(f"{name:18} {middle[name]:8.0f} requests/s   (rounds: {', '.join(f'{r:.0f}' for r in rates)})")
    print(f"(a) desk / bare              {middle['desk'] / middle['bare']:.2f}")
    print(f"(b) desk / bare with crypto  {middle['desk'] / middle['bare with crypto']:.2f}")


def contender(settings: Settings, name: str, load: Load) -> float:
    """Requests a second of one contender."""
    fresh = settings.model_copy(update={"port": free_port()})
    if name == "desk":
        many = {"MELDPUNT_POOL_SIZE": "16", "MELDPUNT_SUBMISSIONS_PER_PERSON": "1000000000"}
        server = Server(fresh, environment=many)
    else:
        server = Server(fresh, environment={"BENCH_CRYPTO": "1" if "crypto" in name else ""})
        server.module = "tests.bench.bare"
    with server:
        return asyncio.run(measured(server.url, load, REPORT))


if __name__ == "__main__":
    main()
