"""The headers of every answer (standards: API Design Rules, ASVS 3.4): one fixed set per kind of path."""

from dataclasses import dataclass
from typing import Final

RawHeaders = list[tuple[bytes, bytes]]

API_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"
PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
NO_STORE: Final = (b"cache-control", b"no-store")
DESCRIPTION_PATH: Final = "/v1/openapi.json"
_API_PATHS: Final = ("/v1/", "/web/")
_API_EXACT: Final = frozenset({"/v1", "/web", "/healthz", "/readyz"})
_DENIED_FEATURES: Final = (
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
    "microphone=(), payment=(), usb=()"
)


def is_api(path: str) -> bool:
    """Whether this path answers programs, not people's browsers."""
    return path.startswith(_API_PATHS) or path in _API_EXACT


@dataclass(frozen=True, slots=True)
class HeaderSets:
    """What each answer carries, ready to send. A route cannot weaken it: its own values are dropped."""

    api: RawHeaders
    page: RawHeaders
    description: RawHeaders
    static_prefix: str
    names: frozenset[bytes]

    @classmethod
    def of(cls, api_version: str, static_prefix: str) -> "HeaderSets":
        """The sets for one API version; files under `static_prefix` may set their own Cache-Control."""
        fixed = {
            "API-Version": api_version,
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
            "Referrer-Policy": "no-referrer",
            "Permissions-Policy": _DENIED_FEATURES,
            "Cross-Origin-Opener-Policy": "same-origin",
        }
        own = {"Cross-Origin-Resource-Policy": "same-origin"}
        shared = {"Cross-Origin-Resource-Policy": "cross-origin", "Access-Control-Allow-Origin": "*"}
        api = _raw(fixed | own | {"Content-Security-Policy": API_POLICY})
        page = _raw(fixed | own | {"Content-Security-Policy": PAGE_POLICY})
        description = _raw(fixed | shared | {"Content-Security-Policy": API_POLICY})
        names = {name for name, _ in description} | {b"server", b"x-powered-by"}
        names |= {b"access-control-allow-credentials", b"access-control-expose-headers"}
        return cls(api, page, description, static_prefix, frozenset(names))

    def apply(self, method: str, path: str, given: RawHeaders) -> RawHeaders:
        """`given` with this desk's headers in place of any of the same name."""
        if is_api(path):
            ours = self.description if path == DESCRIPTION_PATH and method == "GET" else self.api
        else:
            ours = self.page
        dropped = self.names
        kept = [header for header in given if header[0].lower() not in dropped]
        if path.startswith(self.static_prefix):
            if any(name.lower() == b"cache-control" for name, _ in kept):
                return kept + ours
        else:
            kept = [header for header in kept if header[0].lower() != b"cache-control"]
        kept.append(NO_STORE)
        return kept + ours


def _raw(headers: dict[str, str]) -> RawHeaders:
    return [(name.lower().encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
