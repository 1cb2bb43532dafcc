"""Proposing a change of participants from the command line: under one's own name, at the door everybody uses.

The token of a functional manager comes from standard input; another manager confirms in the desk itself.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import httpx2

from app.errors import StartRefused
from app.identity.compact import json_object
from app.organisations.participants import PROVINCE
from app.settings import Settings

SECONDS: Final = 30.0
EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104
"""A desk that listens on every address is called on this machine's own."""
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/=-]{1,8192}")


def propose(settings: Settings, token: str, name: str, content: Mapping[str, str | None]) -> str:
    """The id of the request that now waits for another manager.

    Raises StartRefused with what the desk says, or where it does not answer; never with the token.
    """
    if _TOKEN.fullmatch(token) is None:
        raise StartRefused("Geef uw token op de standaardinvoer, zoals meldpunt token het geeft.")
    body = {
        "organisationId": PROVINCE,
        "kind": "participant",
        "name": name,
        "reasonCode": "in_order",
        "content": {key: value for key, value in content.items() if value is not None},
    }
    address = f"http://{EVERYWHERE.get(settings.host, settings.host)}:{settings.port}/v1/settings-versions"
    try:
        with httpx2.Client(trust_env=False, timeout=SECONDS, follow_redirects=False) as client:
            answer = client.post(address, json=body, headers={"Authorization": f"Bearer {token}"})
    except (OSError, httpx2.HTTPError, httpx2.InvalidURL):
        raise StartRefused("Het meldpunt antwoordt niet. Start het eerst met: meldpunt serve") from None
    said = json_object(answer.content) or {}
    if answer.status_code != HTTPStatus.CREATED:
        raise StartRefused(_why(answer.status_code, said))
    return str(said.get("id"))


def _why(status: int, said: Mapping[str, object]) -> str:
    """What the desk refused, in its own words."""
    faults = said.get("errors")
    details = (
        [one.get("detail") for one in faults if isinstance(one, dict)] if isinstance(faults, list) else []
    )
    words = [str(detail) for detail in details or [said.get("detail")] if detail]
    return " ".join(words) or f"Het meldpunt weigerde het voorstel ({status})."
