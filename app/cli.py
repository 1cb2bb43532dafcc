"""The `meldpunt` command: processes, keys, tokens of the demonstration, and what operators need of the database."""

import asyncio
import contextlib
import gc
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from importlib import import_module, metadata
from pathlib import Path
from types import ModuleType
from typing import Annotated, Literal

import typer
import uvicorn
from pydantic import SecretStr

from app import figures, installation, spans, telemetry, worker
from app.classification import categoriser, register
from app.classification.training.corpus import CorpusError
from app.database import Database, Login, login_url, password_of, plain_url
from app.demo import cast, fill, issuer, login, postgres, supervise
from app.demo.cluster import make_home, replace_file
from app.errors import StartRefused
from app.http.application import server
from app.identity.trust import is_loopback, is_safe
from app.intake.analyse import analyse_file
from app.main import create_app
from app.organisations import console, participants, proposing
from app.settings import Settings, load
from app.statistics import decided
from app.vault import indexkeys, keys

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
demo_app = typer.Typer(no_args_is_help=True, help="De demonstratie met verzonnen gegevens.")
keys_app = typer.Typer(no_args_is_help=True, help="Sleutels van de sleutelhouders.")
app.add_typer(demo_app, name="demo")
app.add_typer(keys_app, name="keys")
organisations_app = typer.Typer(no_args_is_help=True, help="Wie meedoet, en wie klaar is om te beginnen.")
grants_app = typer.Typer(no_args_is_help=True, help="Wie welke rol heeft.")
classifier_app = typer.Typer(no_args_is_help=True, help="Het model dat meldingen sorteert.")
access_app = typer.Typer(no_args_is_help=True, help="Nalopen wie wat mag.")
app.add_typer(organisations_app, name="organisations")
app.add_typer(grants_app, name="grants")
app.add_typer(access_app, name="access")
app.add_typer(classifier_app, name="classifier")
Organisation = Annotated[str, typer.Argument(help="Organisatie, bijvoorbeeld gemeente-emmen.")]

DIRECT = ("gemeente-emmen",)
LOGIN_OF = {
    "owner": Login.MIGRATOR,
    "app": Login.APP,
    "intake": Login.INTAKE,
    "auditor": Login.AUDITOR,
    "worker": Login.WORKER,
    "backup": Login.BACKUP,
}


def main() -> None:
    """Run the command; a refused start is one line in Dutch and exit code 2."""
    try:
        app()
    except StartRefused as refusal:
        typer.echo(f"Niet gestart. {refusal}", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


def located(settings: Settings) -> Settings:
    """The settings with the database's address: the given one, or that of the embedded server in this home."""
    if settings.database_url is not None:
        return settings
    try:
        url = postgres.admin_url(settings)
    except StartRefused:
        raise StartRefused(
            "MELDPUNT_DATABASE_URL ontbreekt, en in MELDPUNT_HOME staat geen eigen database."
        ) from None
    return settings.model_copy(update={"database_url": SecretStr(url)})


@contextlib.contextmanager
def with_database(settings: Settings) -> Iterator[Settings]:
    """The settings with a database that runs: the server given, or the embedded one for as long as needed."""
    if settings.database_url is not None:
        yield settings
    else:
        with postgres.running(settings) as running:
            yield settings.model_copy(update={"database_url": SecretStr(running.url_admin)})


@app.command()
def serve(only: Annotated[Literal["intake"] | None, typer.Option(help="Alleen deze deur.")] = None) -> None:
    """Start de server: alle deuren, of alleen de deur voor meldingen."""
    settings = located(load())
    supervise.check_ports(settings)
    run_server(settings, only_intake=only == "intake")


def run_server(settings: Settings, *, only_intake: bool = False) -> None:
    """Serve until told to stop."""
    telemetry.configure("intake" if only_intake else "serve")
    if settings.demo and not only_intake:
        refuse_open_demo(settings)
        application = create_app(settings, cast=login.cards(), logins=[login.router])
    else:
        application = create_app(settings, only_intake=only_intake)
    figures.serve("127.0.0.1", settings.metrics_port or settings.port + 1)
    trace_to(settings, "intake" if only_intake else "serve")
    categoriser.current()
    # What lives as long as the process (models, lexicon, rules) need not be looked through by every collection.
    gc.collect()
    gc.freeze()
    uvicorn.Server(server(application, settings.host, settings.port)).run()


def trace_to(settings: Settings, process: str) -> None:
    """Send traces to the collector, where there is one. Raises StartRefused for an address that is not safe."""
    if settings.otlp_url is None:
        return
    if not is_safe(settings.otlp_url):
        raise StartRefused(
            "MELDPUNT_OTLP_URL: dit moet een https-adres zijn (http mag alleen op dit apparaat)."
        )
    spans.export(settings.otlp_url, process, metadata.version("meldpunt-ondermijning"))


def refuse_open_demo(settings: Settings) -> None:
    """Raises StartRefused where the demonstration could be reached from another machine."""
    if not is_loopback(settings.host):
        raise StartRefused("De demonstratie draait alleen op dit apparaat. Zet MELDPUNT_HOST op 127.0.0.1.")


@app.command(name="worker")
def run_worker() -> None:
    """Start de worker: wat het meldpunt uit zichzelf doet."""
    work(located(load()))


def work(settings: Settings) -> None:
    """Run the worker's jobs until told to stop."""
    telemetry.configure("worker")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    port = settings.worker_metrics_port or settings.port + 2
    try:
        figures.serve("127.0.0.1", port)
    except (OSError, OverflowError):
        # Another worker on this machine has it; the jobs matter more than their figures.
        telemetry.log("metrics_port_taken", level="warning", port=port)
    if settings.database_url is None:
        raise StartRefused("MELDPUNT_DATABASE_URL ontbreekt.")
    database = Database(settings.database_url.get_secret_value(), settings.logins_folder, pool_size=2)

    def ring() -> keys.KeyRing:
        return keys.KeyRing.load(settings, holders={participants.INDEXER})

    # What is missing stops the start, not each job after it.
    ring()
    asyncio.run(worker.work(database, ring))


@app.command()
def migrate() -> None:
    """Maak de database klaar: gebruikers, tabellen, deelnemers, sleutels. Mag altijd nog eens."""
    settings = load()
    make_home(settings.home)
    with with_database(settings) as ready:
        if ready.database_url is not None:
            direct, people = (DIRECT, cast.people()) if settings.demo else ((), [])
            installation.run(ready.database_url.get_secret_value(), settings, direct, people)
    typer.echo("De database is klaar.")


@app.command()
def token(name: Annotated[str, typer.Argument(help="Naam uit de demonstratie, bijvoorbeeld ans.")]) -> None:
    """Geef een token van iemand uit de demonstratie."""
    typer.echo(issuer.fetch_token(load(), name))


@app.command(name="database-url")
def database_url(
    role: Annotated[
        Literal["admin", "owner", "app", "intake", "auditor", "worker", "backup"],
        typer.Option(help="Als welke databasegebruiker."),
    ] = "app",
) -> None:
    """Geef het adres van de database, voor psql en back-ups. Het bevat een wachtwoord."""
    settings = located(load())
    if settings.database_url is None:
        raise StartRefused("MELDPUNT_DATABASE_URL ontbreekt.")
    base = plain_url(settings.database_url.get_secret_value())
    if role == "admin":
        typer.echo(base)
        return
    found = LOGIN_OF[role]
    typer.echo(login_url(base, found, password_of(settings.logins_folder, found)))


@keys_app.command(name="list")
def list_keys() -> None:
    """Toon elke sleutelhouder met kwartaal, stand en kenmerk; nooit een sleutel zelf."""
    for holder, generation, state, key_id in keys.listing(load()):
        typer.echo(f"{holder:45} {generation}  {state:10} {key_id}")


@keys_app.command(name="new")
def new_key(
    holder: Annotated[str, typer.Argument(help="Sleutelhouder, bijvoorbeeld gemeente-emmen.")],
) -> None:
    """Maak het sleutelpaar van dit kwartaal voor een sleutelhouder en zet het in de sleutellijst."""
    settings = load()
    keys.new_generation(settings, holder)
    with with_database(settings) as ready:
        if ready.database_url is not None:
            installation.run(ready.database_url.get_secret_value(), settings)
    typer.echo(f"{holder} heeft een nieuw sleutelpaar.")


@keys_app.command(name="new-index")
def new_index_key() -> None:
    """Begin een nieuwe versie van de indexsleutel. De oude blijft gelden tot retire-index."""
    typer.echo(f"Versie {indexkeys.add(load())} van de indexsleutel geldt nu ook. Start de server opnieuw.")


@keys_app.command(name="retire-index")
def retire_index_key() -> None:
    """Beëindig de oudste versie van de indexsleutel. Signalen die alleen daarin staan, vindt niemand meer."""
    typer.echo(
        f"Versie {indexkeys.retire(load())} van de indexsleutel geldt niet meer. Start de server opnieuw."
    )


@organisations_app.command(name="list")
def list_organisations() -> None:
    """Toon wie meedoet: kenmerk, soort, rij, stand en naam."""
    with with_database(load()) as ready:
        for line in asyncio.run(console.listing(ready)):
            typer.echo(line)


@organisations_app.command(name="propose")
def propose_participant(
    organisation: Organisation,
    change: Annotated[
        Literal["added", "renamed", "ended", "resumed"], typer.Option(help="Wat er verandert.")
    ],
    kind: Annotated[
        Literal["municipality", "province", "water_board"] | None, typer.Option(help="Soort, bij added.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Naam, bij added en renamed.")] = None,
    code: Annotated[str | None, typer.Option(help="Gemeentecode van vier cijfers, bij added.")] = None,
) -> None:
    """Stel voor wie meedoet, met uw eigen token op de standaardinvoer. Een andere beheerder keurt het goed."""
    content = {
        "change": change,
        "organisationKind": kind,
        "displayName": name,
        "municipalityCode": code,
    }
    asked = proposing.propose(load(), sys.stdin.readline().strip(), organisation, content)
    typer.echo(f"Voorgesteld als {asked}. Een andere beheerder moet dit goedkeuren.")


@organisations_app.command(name="show")
def show_organisation(organisation: Organisation) -> None:
    """Toon een organisatie en wie daar welke rol heeft, als JSON."""
    with with_database(load()) as ready:
        typer.echo(asyncio.run(console.shown(ready, organisation)))


@organisations_app.command(name="readiness")
def organisation_readiness(organisation: Organisation) -> None:
    """Toon wat een organisatie nog mist om te beginnen, als JSON. Uitgang 1 zolang er iets ontbreekt."""
    with with_database(load()) as settings:
        ready, found = asyncio.run(console.ready(settings, organisation))
    typer.echo(found)
    raise typer.Exit(0 if ready else 1)


@grants_app.command(name="list")
def list_grants(organisation: Organisation) -> None:
    """Toon wie nu welke rol heeft, een regel JSON per recht."""
    with with_database(load()) as ready:
        for line in asyncio.run(console.roles(ready, organisation)):
            typer.echo(line)


@grants_app.command(name="first")
def first_managers(
    organisation: Organisation,
    subject: Annotated[str, typer.Argument(help="Kenmerk (sub) van de eerste beheerder.")],
    second_subject: Annotated[str, typer.Argument(help="Kenmerk (sub) van de tweede.")],
) -> None:
    """Maak de eerste twee functioneel beheerders, alleen zolang er geen is."""
    with with_database(load()) as ready:
        asyncio.run(console.first(ready, organisation, (subject, second_subject)))
    typer.echo("Beiden zijn functioneel beheerder, een jaar lang.")


@access_app.command(name="review")
def review_access(
    organisation: Annotated[str, typer.Option(help="Van welke organisatie.")],
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Aan het eind van deze dag.")
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="Schrijf een CSV-bestand in plaats van JSON.")] = None,
) -> None:
    """Toon wie wat mag, van wie, en wat opvalt. Uitgang 1 als er rechten tussen staan die niet van het meldpunt zijn."""
    day = None if as_of is None else as_of.date()
    with with_database(load()) as ready:
        found = asyncio.run(console.reviewed(ready, organisation, day))
    if csv is None:
        typer.echo(found.document)
    else:
        try:
            replace_file(csv, found.sheet)
        except OSError as error:
            raise StartRefused(
                f"Het CSV-bestand kan hier niet worden geschreven ({type(error).__name__})."
            ) from None
    raise typer.Exit(1 if found.forged else 0)


@app.command()
def analyse(file: Annotated[Path, typer.Argument(help="JSON Lines met id en text.")]) -> None:
    """Sorteer teksten zonder iets te bewaren: een regel JSON uit per regel in."""
    raise typer.Exit(analyse_file(file, sys.stdout))


SHEET = Path(__file__).resolve().parent.parent / "docs" / "classification.md"
"""Where a checkout has the figures of the model."""
Corpus = Annotated[Path, typer.Argument(help="Map met author-*.jsonl.")]


@classifier_app.command(name="train")
def classifier_train(
    folder: Corpus,
    out: Annotated[Path | None, typer.Option(help="Ander bestand dan dat van het model.")] = None,
) -> None:
    """Maak de gewichten van het model opnieuw uit de oefenteksten: dezelfde teksten, hetzelfde bestand."""
    commands = training()
    with usable_texts():
        (out or commands.place()).write_text(commands.train(folder), "utf-8")


@classifier_app.command(name="evaluate")
def classifier_evaluate(
    folder: Annotated[Path | None, typer.Argument(help="Map met author-*.jsonl.")] = None,
    *,
    from_desk: Annotated[
        bool, typer.Option("--from-desk", help="Tel wat mensen anders besloten dan het meldpunt voorstelde.")
    ] = False,
) -> None:
    """Meet het model op schrijvers die het niet heeft gelezen, of (--from-desk) op besluiten van mensen."""
    if (folder is None) is not from_desk:
        raise StartRefused("Noem een map met oefenteksten, of --from-desk, en niet allebei.")
    if folder is None:
        with with_database(load()) as ready:
            for line in asyncio.run(decided.report(ready)):
                typer.echo(line)
        return
    commands = training()
    with usable_texts():
        for line in commands.evaluate(folder):
            typer.echo(line)


@classifier_app.command(name="register")
def classifier_register(
    organisation: Annotated[str, typer.Argument(help="Volledige naam, zoals «Gemeente Emmen».")],
    contact: Annotated[str, typer.Option(help="E-mailadres of website (https) voor vragen.")],
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m"], help="Maand waarin het gebruik begon.")
    ] = None,
    sheet: Annotated[Path, typer.Option(help="Het gegevensblad van het model.")] = SHEET,
) -> None:
    """Maak wat deze organisatie in het Algoritmeregister zet, als JSON volgens de publicatiestandaard."""
    given = register.Given(organisation, contact, None if since is None else f"{since:%Y-%m}")
    try:
        found = register.entry(categoriser.current(), sheet.read_text(encoding="utf-8"), given)
    except (OSError, UnicodeDecodeError, register.SheetError):
        raise StartRefused(
            "Het gegevensblad (docs/classification.md) ontbreekt of past niet bij dit model. Wijs het aan met --sheet."
        ) from None
    except ValueError as fault:
        raise StartRefused(f"Dit veld is leeg of te lang: {fault}.") from None
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2))


def training() -> ModuleType:
    """The training commands, loaded only when asked for: they need packages that the desk does not run with."""
    try:
        return import_module("app.classification.training.commands")
    except ModuleNotFoundError:
        raise StartRefused("Hiervoor is scikit-learn nodig. Installeer de extra `dev`.") from None


@contextlib.contextmanager
def usable_texts() -> Iterator[None]:
    """A folder without usable training texts stops in one line that names file and line."""
    try:
        yield
    except CorpusError as fault:
        raise StartRefused(f"Deze oefenteksten zijn niet te gebruiken. {fault}") from None


@demo_app.command(name="fill")
def demo_fill(signals: Annotated[int, typer.Option(min=1, max=100_000)] = 50) -> None:
    """Stuur verzonnen meldingen door de voordeur, van medewerkers van alle deelnemers."""
    fill.run(load(), signals)


@demo_app.command(name="run")
def demo_run() -> None:
    """Start alles op dit apparaat: database, uitgever, worker en server. Stop met Ctrl-C."""
    settings = load()
    if os.environ.get("MELDPUNT_ENVIRONMENT", "demo") != "demo":
        raise StartRefused("MELDPUNT_ENVIRONMENT is niet demo. Deze start is alleen voor de demonstratie.")
    settings = settings.model_copy(update={"environment": "demo"})
    refuse_open_demo(settings)
    make_home(settings.home)
    replace_file(settings.home / "environment", "demo")

    def prepare(url: str) -> None:
        installation.run(url, settings, DIRECT, cast.people())

    def here(part: Callable[[Settings], None]) -> Callable[[], None]:
        return lambda: part(located(settings))

    own_issuer = None if settings.oidc_issuer else lambda: issuer.run(settings)
    sys.exit(
        supervise.run(
            settings,
            serve=here(run_server),
            worker=here(work),
            issuer=own_issuer,
            prepare=prepare,
            banner=lambda: banner(settings),
        )
    )


def banner(settings: Settings) -> None:
    """Tell where the desk is and how to get a token."""
    base = f"http://{settings.host}:{settings.port}"
    typer.echo(f"Het meldpunt draait: {base}/")
    typer.echo(f"  Melden      {base}/melden      Volgen   {base}/opvolgen")
    typer.echo(f"  Inloggen    {base}/inloggen    API      {base}/v1/openapi.json")
    typer.echo(f"  Een token:  .venv/bin/meldpunt token ans   (of {', '.join(list(cast.CAST)[1:6])}, ...)")
    typer.echo("  Stoppen:    Ctrl-C")
