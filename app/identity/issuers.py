"""Who may speak for whom: the list of token issuers, each bound to its organisations and roles.

The list comes from MELDPUNT_ISSUERS_FILE, the short form MELDPUNT_OIDC_ISSUER with MELDPUNT_OIDC_JWKS_URL
(one issuer, all organisations), and in demo mode without the short form the demo issuer, whose address
stands in a file because it changes at each start.
"""

from pathlib import Path

from app.errors import StartRefused
from app.identity import issuers_file, policy
from app.identity.trust import Issuer, is_safe
from app.settings import Settings

SHORT_FORM = "oidc"
DEMO_ISSUER = "urn:meldpunt:demo-issuer"
NEED_STRONG = frozenset({role for rule in policy.RULES if rule.strong for role in rule.roles})
"""Roles that open, reveal or destroy: whoever may name their holders must also say how strongly these signed in."""


def demo_file(settings: Settings) -> Path:
    """Where a running demo issuer writes its url and secret."""
    return settings.home / "run" / "issuer.json"


def load(settings: Settings) -> tuple[Issuer, ...]:
    """All issuers of this process. Raises StartRefused naming the setting when one does not fit."""
    issuers = _short_form(settings)
    if settings.issuers_file is not None:
        issuers += issuers_file.read(settings.issuers_file)
    if settings.demo and settings.oidc_issuer is None:
        issuers.append(_demo(settings))
    if not issuers:
        raise StartRefused(
            "MELDPUNT_OIDC_ISSUER en MELDPUNT_OIDC_JWKS_URL, of MELDPUNT_ISSUERS_FILE: "
            "noem ten minste één uitgever van tokens."
        )
    for known in ({issuer.issuer for issuer in issuers}, {issuer.name for issuer in issuers}):
        if len(known) != len(issuers):
            raise StartRefused("MELDPUNT_ISSUERS_FILE: dezelfde uitgever staat er twee keer in.")
    if not settings.demo:
        _check_strong(issuers)
    return tuple(issuers)


def _check_strong(issuers: list[Issuer]) -> None:
    """Raises StartRefused where an issuer of people who open or destroy does not say what a strong sign-in is."""
    silent = [
        one.name for one in issuers if not one.strong and (one.roles is None or one.roles & NEED_STRONG)
    ]
    if SHORT_FORM in silent:
        raise StartRefused(
            "MELDPUNT_OIDC_STRONG ontbreekt: noem de waarden van acr bij een sterke aanmelding, met spaties ertussen."
        )
    if silent:
        raise StartRefused(
            f"MELDPUNT_ISSUERS_FILE: strong ontbreekt bij {', '.join(silent)}: "
            "noem de waarden bij een sterke aanmelding. Zie docs/operations.md."
        )


def _short_form(settings: Settings) -> list[Issuer]:
    if settings.oidc_issuer is None and settings.oidc_jwks_url is None:
        return []
    if settings.oidc_issuer is None or settings.oidc_jwks_url is None:
        missing = "MELDPUNT_OIDC_ISSUER" if settings.oidc_issuer is None else "MELDPUNT_OIDC_JWKS_URL"
        raise StartRefused(f"{missing}: deze instelling hoort bij de andere MELDPUNT_OIDC-instellingen.")
    if not is_safe(settings.oidc_jwks_url):
        raise StartRefused(
            "MELDPUNT_OIDC_JWKS_URL: dit moet een https-adres zijn (http mag alleen op deze machine zelf)."
        )
    return [
        Issuer(
            SHORT_FORM,
            settings.oidc_issuer,
            settings.oidc_audience,
            settings.oidc_jwks_url,
            strong=frozenset(settings.oidc_strong.split()),
        )
    ]


def _demo(settings: Settings) -> Issuer:
    return Issuer("demo", DEMO_ISSUER, settings.oidc_audience, jwks_url="", address_file=demo_file(settings))
