"""From the code that a browser brought back to the ID token: the one question asked of an issuer's token endpoint.

Like the key sets it is asked at a fixed address, follows no redirect, and has a limit of time and size.
"""

import base64
import ssl
from asyncio import timeout
from enum import StrEnum
from urllib.parse import quote_plus, urlencode

import httpx2

from app.errors import Unavailable
from app.identity.compact import json_object
from app.identity.trust import LoginClient

ANSWER_SECONDS = 5.0
"""Longest time for the issuer to take a code, from connecting to the last byte."""
MAX_ANSWER = 64 * 1024


class Cause(StrEnum):
    """Why a sign-in came to nothing: the closed list for the log. The browser hears less."""

    EXPIRED = "login_expired"
    USED = "login_used"
    OTHER_ISSUER = "login_issuer"
    STATE = "login_state"
    ANSWER = "login_answer"
    DECLINED = "login_declined"
    ISSUER_FAULT = "login_issuer_fault"
    UNREACHABLE = "login_unreachable"
    CODE = "login_code"
    WEAK = "login_too_weak"


class SignInFailed(Exception):
    """Nobody signed in; `reason` is a code of `Cause`, or of the token front for the ID token."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def id_token(login: LoginClient, code: str, verifier: str, redirect_uri: str) -> str:
    """The ID token for this code, straight from the issuer. Raises SignInFailed.

    Whatever else the issuer sends along is forgotten here.
    """
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    try:
        if login.authentication == "basic":
            pair = f"{quote_plus(login.client_id)}:{quote_plus(login.secret())}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"
        else:
            form |= {"client_id": login.client_id, "client_secret": login.secret()}
        status, body = await _post(login.token_endpoint, urlencode(form), headers)
    except (Unavailable, OSError, httpx2.HTTPError):
        raise SignInFailed(Cause.UNREACHABLE) from None
    found = json_object(body) if status == httpx2.codes.OK else None
    token = None if found is None else found.get("id_token")
    if not isinstance(token, str):
        refused = httpx2.codes.BAD_REQUEST <= status < httpx2.codes.INTERNAL_SERVER_ERROR
        raise SignInFailed(Cause.CODE if refused else Cause.UNREACHABLE)
    return token


async def _post(url: str, form: str, headers: dict[str, str]) -> tuple[int, bytes]:
    """Status and body: no redirect, at most MAX_ANSWER bytes within ANSWER_SECONDS, as `keysets.download` does."""
    secure = url.startswith("https:")
    trust = ssl.create_default_context() if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client = httpx2.AsyncClient(verify=trust, trust_env=False, follow_redirects=False, headers=headers)
    body = bytearray()
    async with timeout(ANSWER_SECONDS), client, client.stream("POST", url, content=form) as answer:
        async for piece in answer.aiter_raw():
            body += piece
            if len(body) > MAX_ANSWER:
                raise SignInFailed(Cause.UNREACHABLE)
    return answer.status_code, bytes(body)
