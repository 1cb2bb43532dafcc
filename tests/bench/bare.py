"""The least that could do the same: a bare FastAPI endpoint on raw asyncpg, with or without the cryptography.

It inserts the rows of one report, in one statement and one transaction. With BENCH_CRYPTO it also looks a token up
by digest, seals the same parts, wraps their keys with as many HPKE seals, derives a receipt, and hashes as much.
"""

import json
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from tests.bench.shape import Sealer
from tests.desk import REPORT

WITH_CRYPTO = bool(os.environ.get("BENCH_CRYPTO"))
POOL = 16


@asynccontextmanager
async def lifespan(application: FastAPI) -> AsyncIterator[None]:
    """A pool as large as the desk's, and tables of the same shape."""
    sealer = Sealer(json.dumps(REPORT).encode())
    async with asyncpg.create_pool(os.environ["MELDPUNT_DATABASE_URL"], min_size=POOL, max_size=POOL) as pool:
        for statement in sealer.tables():
            await pool.execute(statement)
        application.state.pool, application.state.sealer = pool, sealer
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/readyz")
async def ready() -> dict[str, str]:
    """For the starter."""
    return {"status": "ready"}


@app.post("/v1/signals")
async def submit(request: Request) -> JSONResponse:
    """Insert rows of the same size in one transaction."""
    json.loads(await request.body())
    sealer: Sealer = request.app.state.sealer
    if WITH_CRYPTO:
        sealer.check(request.headers["authorization"])
    values = sealer.values(with_crypto=WITH_CRYPTO)
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        await connection.execute(sealer.sql, *values)
    return JSONResponse({"id": str(uuid.uuid4()), "receiptCode": "x" * 24}, status_code=201)


def main() -> None:
    """Serve on the port the starter chose."""
    uvicorn.run(
        app, host="127.0.0.1", port=int(os.environ["MELDPUNT_PORT"]), log_level="error", access_log=False
    )


if __name__ == "__main__":
    main()
