"""Puts the desk together: routes, logins, keys, readiness. Knows nothing of the demonstration."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import cache

from fastapi import APIRouter
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from app import spans
from app.approvals import api as approvals_api
from app.approvals.requests import SecondPerson
from app.audit import api as audit_api
from app.audit.act import Frame
from app.casework import api as casework_api
from app.casework import asking, duplicates, matches, proposals, reporters
from app.classification import categoriser
from app.crypto import webhook
from app.database import Database, Login
from app.errors import Refusal, StartRefused, Unavailable
from app.http import openapi, problems
from app.http.addresses import Proxies
from app.http.application import Desk as Application
from app.http.headers import is_api
from app.http.links import LINKS
from app.http.origins import Origins
from app.identity import issuers
from app.identity.caller import Callers
from app.identity.oidc import SignIns, check_origin
from app.identity.policy import ANYONE, PERMISSIONS
from app.identity.register import DenyList, Register, Tables
from app.identity.sessions import Sessions
from app.identity.tokens import TokenVerifier
from app.intake import api as intake_api
from app.intake.terms import Desk
from app.limits import Limits
from app.organisations import activation, giving, keeping_out, people, setting_routes
from app.organisations import api as organisations_api
from app.organisations.participants import Readers
from app.organisations.participants import load as load_participants
from app.organisations.settings import cover
from app.pages import routes as pages
from app.pages import session as page_session
from app.pages import signing
from app.pages.routes import CastCard
from app.readiness import Readiness
from app.retention import api as retention_api
from app.retention import erase
from app.routing import activation as rule_activation
from app.routing import api as routing_api
from app.settings import Settings
from app.vault.keys import KeyRing
from app.vault.ring import Vault

CONTACT = {
    "name": "Meldpunt Ondermijning Drenthe",
    "email": "meldpunt@drenthe.example",
    "url": "https://meldpunt.drenthe.example",
}
DESCRIPTION = (
    "Signals of undermining crime from employees of the participating organisations in Drenthe and from the citizen"
    " platform: sealed, sorted with reasons, routed to RIEC Noord-Nederland and RUDD, every act in a log."
)


def read_secrets(settings: Settings) -> webhook.Secrets:
    """The citizen platform's secrets. Raises StartRefused naming the setting, never a value."""
    given = settings.webhook_secrets
    try:
        return webhook.read("" if given is None else given.get_secret_value())
    except ValueError:
        raise StartRefused(
            "MELDPUNT_WEBHOOK_SECRETS: een geheim begint met whsec_ en bevat daarna 24 tot 64 bytes in base64."
            " Meer geheimen scheidt u met een spatie."
        ) from None


def check_fallback(settings: Settings) -> None:
    """Raises StartRefused where citizens' reports from elsewhere would have no owner."""
    if settings.fallback_organisation not in {one.id for one in load_participants() if one.reports}:
        raise StartRefused(
            "MELDPUNT_FALLBACK_ORGANISATION: dit is geen deelnemer die meldt. Kies er een, zoals provincie-drenthe."
        )


def create_app(
    settings: Settings,
    *,
    only_intake: bool = False,
    cast: Sequence[CastCard] = (),
    logins: Sequence[APIRouter] = (),
) -> Application:
    """The application of one process. `only_intake`: the doors that can write and not read, with public keys alone.

    `cast` and `logins` come from the demonstration. Raises StartRefused for a setting that does not fit.
    """
    if settings.database_url is None:
        raise StartRefused("MELDPUNT_DATABASE_URL ontbreekt.")
    webhook_secrets = read_secrets(settings)
    check_fallback(settings)
    database = Database(settings.database_url.get_secret_value(), settings.logins_folder, settings.pool_size)
    # The server opens for people of organisations alone; pairs of reporters and of the index stay closed.
    readers = Readers()
    vault = Vault(
        lambda: KeyRing.for_intake(settings) if only_intake else KeyRing.load(settings, holders=readers),
        None if only_intake else lambda holder: KeyRing.load(settings, holders={holder}),
    )
    common = Login.INTAKE if only_intake else Login.APP
    sessions = (
        None if only_intake else Sessions(lambda: database.engine(Login.APP), lambda: vault.ring.authority)
    )
    queues = frozenset(one.queue for one in load_participants())
    register = Register(
        DenyList(lambda: database.engine(Login.INTAKE), lambda: vault.ring.intake)
        if only_intake
        else Tables(lambda: database.engine(Login.APP), lambda: vault.ring.authority)
    )
    verifier = TokenVerifier(issuers.load(settings))
    if not settings.demo and not only_intake:
        check_origin(verifier, settings.public_origin)
    callers = Callers(verifier, sessions, register)
    frame = Frame(database, callers, lambda: vault.ring.authority, common, queues)
    needed = (Login.INTAKE,) if only_intake else (Login.APP, Login.INTAKE, Login.AUDITOR)
    readiness = Readiness(frame, vault, needed)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Application) -> AsyncIterator[None]:
        # Read before the first report comes: a file of weights that is damaged stops the start.
        await asyncio.to_thread(categoriser.current)
        await readiness.check()
        try:
            yield
        finally:
            with contextlib.suppress(Refusal, SQLAlchemyError):
                await readiness.note("process_stopped")
            await database.close()
            await asyncio.to_thread(spans.close)

    proxies = Proxies.read(settings.trusted_proxies)
    origins = Origins.read(settings.origins_file, {one.id for one in load_participants()})
    app = Application(lifespan=lifespan, proxies=proxies, origins=origins)
    app.state.frame = frame
    app.state.limits = Limits.of(settings.submissions_per_person, demo=settings.demo)
    app.state.sign_ins = SignIns(verifier, lambda: vault.ring.authority)
    app.state.second_person = SecondPerson(
        {
            **giving.HOOKS,
            **asking.HOOKS,
            **proposals.HOOKS,
            **erase.HOOKS,
            **activation.HOOKS,
            **rule_activation.HOOKS,
        },
        cover,
    )
    app.state.vault = vault
    app.state.desk = Desk(vault, settings.fallback_organisation)
    app.state.cursor_key = vault.cursor_key
    app.state.webhook_secrets = webhook_secrets
    app.state.public_origin = settings.public_origin
    app.state.readiness = readiness
    mount_health(app, readiness)
    mount_routes(app, settings, only_intake=only_intake, cast=cast, logins=logins)
    return app


def mount_health(app: Application, readiness: Readiness) -> None:
    """Liveness asks nothing of anybody; readiness asks everything a request will need."""

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> Response:
        if await readiness.ready():
            return JSONResponse({"status": "ready"})
        return problems.answer(Unavailable(reason="not_ready"))


@cache
def doors(*, only_intake: bool) -> tuple[BaseRoute, ...]:
    """The routes of the API, the same objects for every application of a process: FastAPI works each out once."""
    both = (intake_api.reports, intake_api.receipts)
    api = APIRouter(redirect_slashes=False)
    for router in (intake_api.deliveries, *both):
        api.include_router(router, prefix="/v1")
    if only_intake:
        return tuple(api.routes)
    for router in (
        casework_api.router,
        reporters.router,
        matches.router,
        duplicates.router,
        retention_api.router,
        audit_api.router,
        approvals_api.router,
        people.router,
        keeping_out.router,
        organisations_api.router,
        setting_routes.router,
        routing_api.router,
    ):
        api.include_router(router, prefix="/v1")
        api.include_router(router, prefix="/web", include_in_schema=False)
    for router in (*both, page_session.router, signing.router):
        api.include_router(router, prefix="/web", include_in_schema=False)
    return tuple(api.routes)


def mount_routes(
    app: Application,
    settings: Settings,
    *,
    only_intake: bool,
    cast: Sequence[CastCard],
    logins: Sequence[APIRouter],
) -> None:
    """The API under /v1 for tokens, and for the pages the same routes under /web for sessions."""
    app.router.routes.extend(doors(only_intake=only_intake))
    if not only_intake:
        for router in logins:
            app.include_router(router)
        names = {one.id: one.name for one in load_participants()}
        choices = app.state.sign_ins.choices
        app.include_router(
            pages.page_router(demo=settings.demo, cast=cast, organisation_names=names, sign_ins=choices)
        )
        app.mount("/static", pages.static_app())
        app.add_exception_handler(404, not_found(demo=settings.demo))
    openapi.publish(
        app,
        lambda: openapi.describe(
            app,
            description=DESCRIPTION,
            contact=CONTACT,
            open_permissions=[name for name, roles in PERMISSIONS.items() if roles is ANYONE],
            links=LINKS,
        ),
    )


def not_found(*, demo: bool) -> Callable[[Request, Exception], Awaitable[Response]]:
    """404 for a browser that asks for a page, problem+json for everyone else."""

    async def handler(request: Request, _error: Exception) -> Response:
        wants_page = "text/html" in request.headers.get("accept", "") and request.method in {"GET", "HEAD"}
        if wants_page and not is_api(request.url.path):
            return pages.not_found_page(demo=demo)
        return problems.of_status(404)

    return handler
