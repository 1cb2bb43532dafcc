"""Where a request comes from, as far as limits need to know: the peer, or whom a listed proxy names.

Headers are words of whoever sent them. They are read only when the peer is a proxy that the setting
`MELDPUNT_TRUSTED_PROXIES` lists, from the right, where our own proxy wrote; its own kind is skipped. What
does not read as such a header names nobody: then the peer's address counts.
"""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

from starlette.requests import Request
from starlette.types import Scope

from app.errors import StartRefused

Address = IPv4Address | IPv6Address
Headers = Iterable[tuple[bytes, bytes]]

_LONGEST: Final = 2_000
_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED: Final = r'"(?:[\t !#-\[\]-~]|\\[\t -~])*"'
_PAIR: Final = re.compile(rf"({_WORD})=({_WORD}|{_QUOTED})")
_END: Final = re.compile(r"[ \t]*(;|,[ \t]*|\Z)")
_NODE: Final = re.compile(
    r"\[([0-9A-Fa-f.]*:[0-9A-Fa-f:.]*)\](?::[0-9]{1,5})?|([0-9.]+)(?::[0-9]{1,5})?|([0-9A-Fa-f:.]+)"
)


@dataclass(frozen=True, slots=True)
class Proxies:
    """The networks whose machines may say for whom they speak; none unless somebody lists them."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def read(cls, text: str) -> "Proxies":
        """The networks of the setting, separated by commas or spaces. Raises StartRefused naming the setting.

        A network of all addresses is refused: with it, everybody would be whom they say.
        """
        try:
            networks = tuple(ipaddress.ip_network(part) for part in text.replace(",", " ").split())
        except ValueError:
            networks = None
        if networks is None or any(network.prefixlen == 0 for network in networks):
            raise StartRefused(
                "MELDPUNT_TRUSTED_PROXIES: geef adressen of netwerken zoals 10.0.0.5 of 10.0.0.0/24,"
                " gescheiden door komma's. Alle adressen tegelijk kan niet."
            )
        return cls(networks)

    def __contains__(self, host: object) -> bool:
        """Whether this address, as text, is one of a listed proxy."""
        address = _address(host) if isinstance(host, str) else None
        return address is not None and self._trusts(address)

    def caller(self, peer: str, headers: Headers) -> str:
        """The address of the caller behind `peer`, and `peer` itself where that is no listed proxy.

        A proxy writes either X-Forwarded-For or Forwarded (RFC 7239) and may pass the other on as its caller
        wrote it: where both stand there they must name the same one.
        """
        if not self.networks or peer not in self:
            return peer
        given: dict[bytes, list[bytes]] = {b"x-forwarded-for": [], b"forwarded": []}
        for name, value in headers:
            if name in given:
                given[name].append(value)
        listed = {name: b",".join(values).decode("latin-1") for name, values in given.items() if values}
        readers = {b"x-forwarded-for": _listed, b"forwarded": _forwarded}
        named = {self._first_outside(readers[name](text)) for name, text in listed.items()}
        if len(named) != 1:
            return peer
        found = named.pop()
        return peer if found is None else str(found)

    def place(self, scope: Scope) -> None:
        """Let the request come from its caller, where a listed proxy brought it."""
        client = scope.get("client")
        if self.networks and client:
            found = self.caller(client[0], scope["headers"])
            if found != client[0]:
                scope["client"] = (found, 0)

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self.networks)

    def _first_outside(self, nodes: Sequence[str] | None) -> Address | None:
        """The rightmost address that is no proxy of ours, the leftmost where all are; None for no address."""
        found = None
        for node in reversed(nodes or ()):
            found = _node(node)
            if found is None or not self._trusts(found):
                return found
        return found


def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # A socket for both families shows an IPv4 caller as ::ffff:192.0.2.1: it is the same caller.
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _node(text: str) -> Address | None:
    """An address with or without a port, an IPv6 one with or without brackets; None for `unknown` and `_hidden`."""
    found = _NODE.fullmatch(text)
    return None if found is None else _address(found[1] or found[2] or found[3])


def _listed(text: str) -> list[str] | None:
    """The addresses of an X-Forwarded-For."""
    return None if len(text) > _LONGEST else [part.strip(" \t") for part in text.split(",")]


def _forwarded(text: str) -> list[str] | None:
    """The `for` of each element of a Forwarded, empty where it has none; None where it is not well formed."""
    if len(text) > _LONGEST:
        return None
    nodes, own, place = [], "", 0
    while True:
        found = _PAIR.match(text, place)
        if found is None:
            return None
        if found[1].lower() == "for":
            if own:
                return None
            own = re.sub(r"\\(.)", r"\1", found[2][1:-1]) if found[2].startswith('"') else found[2]
        end = _END.match(text, found.end())
        if end is None:
            return None
        place = end.end()
        if end[1] != ";":
            nodes.append(own)
            own = ""
        if end[1] == "":
            return nodes


def sender(request: Request) -> str:
    """The caller as limits count it."""
    return network_of(request.client.host if request.client else "")


def network_of(host: str) -> str:
    """An address as limits count it: an IPv6 caller has a whole network of them, so its /64 is one."""
    address = _address(host)
    if address is None:
        return "unknown"
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)
