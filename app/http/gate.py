"""How much a connection gets, and how many there may be: of one address, and in this process."""

import resource
from collections import Counter
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from app.http.addresses import Proxies, network_of

SPARE_FILES: Final = 200
"""Open files left for the database, the log and the spool."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds, bytes and numbers that a caller gets; each is far more than an honest one needs."""

    head_seconds: float = 10.0
    """From the first byte of a request, or from the connection, to the end of its headers."""
    body_seconds: float = 30.0
    """For the whole body: a mebibyte over a poor mobile network takes 25."""
    rest_seconds: float = 5.0
    """For the rest of a body that nobody waits for any more."""
    read_seconds: float = 30.0
    """For an answer to go out; a caller that reads nothing so long is gone."""
    idle_seconds: int = 20
    """Between two requests."""
    head_bytes: int = 32_768
    address_bytes: int = 8_192
    headers: int = 100
    waiting: int = 16
    """Requests sent on before the answer to an earlier one came."""
    connections: int = 2_000
    connections_each: int = 500
    """Of one address; a listed proxy speaks for many and has no limit of its own."""


class Gate:
    """Counts the open connections of this process, all together and for each address."""

    def __init__(self, patience: Patience, proxies: Proxies) -> None:
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        spare = files - SPARE_FILES if files != resource.RLIM_INFINITY else patience.connections
        self._most = min(patience.connections, max(spare, 1))
        self._each = patience.connections_each
        self._proxies = proxies
        self._open: Counter[str] = Counter()
        self._all = 0

    def enter(self, address: str) -> int | None:
        """Count one in; the status to refuse it with where it is one too many."""
        network = network_of(address)
        if self._all >= self._most:
            return HTTPStatus.SERVICE_UNAVAILABLE
        if self._open[network] >= self._each and address not in self._proxies:
            return HTTPStatus.TOO_MANY_REQUESTS
        self._all += 1
        self._open[network] += 1
        return None

    def leave(self, address: str) -> None:
        """Count one out that came in."""
        network = network_of(address)
        self._all -= 1
        self._open[network] -= 1
        if not self._open[network]:
            del self._open[network]
