"""The desk without its guards, for the benchmark alone: no token, no register, no policy, no row security.

The same routes, statements, log entry and answer; only who may is never asked. It reads as the database's superuser,
whom no policy holds, and every caller is the one analyst of the load.
"""

import uvicorn
from starlette.requests import Request

from app import telemetry
from app.audit import act
from app.database import Database, Login, Scope, engine_for
from app.demo.cast import CAST
from app.http.application import server
from app.identity.actor import Actor, Kind, Role
from app.identity.caller import Callers
from app.identity.policy import Allowed
from app.main import create_app
from app.settings import Settings, load

WORKER = CAST["bouke"]
CALLER = Actor(Kind.PERSON, WORKER.organisation, WORKER.roles, WORKER.sub)


async def nobody_asks(_callers: Callers, _request: Request, *, in_use: bool = True) -> Actor:
    """The caller, whoever it is."""
    return CALLER


def main(settings: Settings) -> None:
    """Serve until told to stop."""
    telemetry.configure("unguarded")
    application = create_app(settings)
    assert settings.database_url is not None
    superuser = engine_for(settings.database_url.get_secret_value(), settings.pool_size)
    own = Database.engine
    setattr(  # noqa: B010
        Database, "engine", lambda self, login: superuser if login is Login.APP else own(self, login)
    )
    setattr(Scope, "begin", lambda _self: "BEGIN")  # noqa: B010
    vars(act)["verdict"] = lambda _actor, _permission: Allowed(Role.ANALYST)
    setattr(Callers, "identify", nobody_asks)  # noqa: B010
    uvicorn.Server(server(application, settings.host, settings.port)).run()


if __name__ == "__main__":
    main(load())
