"""Which roles an issuer's words give, and whether a person or a machine holds the token.

A machine has its own role and no other, and is known as one by its token (RFC 9068 2.2, or the issuer's mark):
else a form could act as a person, or a person unseen.
"""

from app.identity.actor import Kind, Role
from app.identity.members import MAX_FOREIGN, Claims, has, shows, texts, words
from app.identity.reasons import Reason, refuse
from app.identity.trust import ACCESS_TYPE, Issuer

MACHINES = {Role.INTRANET_FORM: Kind.MACHINE, Role.PLATFORM: Kind.PLATFORM}


def standing(claims: Claims, issuer: Issuer) -> tuple[Kind, frozenset[Role]]:
    """What the holder of an access token is and which roles it gives. Raises Unauthenticated with the reason."""
    machine = _shows_machine(claims, issuer)
    named = _named(claims, issuer, needed=not machine and not _scoped(claims, issuer))
    roles = named | _scoped(claims, issuer)
    if _names_machine(claims, issuer) and named and roles <= MACHINES.keys():
        machine = True
    if issuer.persons is not None and machine is shows(claims, issuer.persons):
        raise refuse(Reason.KIND)
    kind, roles = _machine(roles) if machine else (Kind.PERSON, _person(roles, issuer))
    return kind, _allowed(roles, issuer)


def standing_of_sign_in(claims: Claims, issuer: Issuer) -> frozenset[Role]:
    """The roles of the person an ID token is about. Raises Unauthenticated; a machine signs in nowhere."""
    if issuer.machines is not None and shows(claims, issuer.machines):
        raise refuse(Reason.KIND)
    return _allowed(_person(_named(claims, issuer, needed=True), issuer), issuer)


def _shows_machine(claims: Claims, issuer: Issuer) -> bool:
    if issuer.machines is not None:
        return shows(claims, issuer.machines)
    client = claims.get("client_id")
    return isinstance(client, str) and client == claims.get("sub")


def _names_machine(claims: Claims, issuer: Issuer) -> bool:
    """Whether a machine's role among the roles may say that this is one: the issuer's tokens tell no clients."""
    return issuer.machines is None and set(issuer.typ) == {ACCESS_TYPE} and "client_id" not in claims


def _scoped(claims: Claims, issuer: Issuer) -> frozenset[Role]:
    """Machine roles among the words of the scope; all its other words are no business of the desk."""
    return _meant(words(claims, issuer.claims.scope), issuer) & MACHINES.keys()


def _named(claims: Claims, issuer: Issuer, *, needed: bool) -> frozenset[Role]:
    """The roles in the claim for them. `needed`: they must be there, unless the issuer's words may mean nothing."""
    path = issuer.claims.roles
    if issuer.role_names is None:
        if not has(claims, path) and (issuer.everyone or not needed):
            return frozenset()
        given = frozenset(texts(claims, path, single=False))
        if not given <= {role.value for role in Role}:
            raise refuse(Reason.ROLE_UNKNOWN)
        return _meant(given, issuer)
    if not has(claims, path):
        return frozenset()
    return _meant(frozenset(texts(claims, path, single=True, least=0, most=MAX_FOREIGN)), issuer)


def _meant(given: frozenset[str], issuer: Issuer) -> frozenset[Role]:
    names = issuer.role_names if issuer.role_names is not None else {role.value: role for role in Role}
    return frozenset(names[word] for word in given if word in names)


def _machine(roles: frozenset[Role]) -> tuple[Kind, frozenset[Role]]:
    if not roles:
        raise refuse(Reason.ROLE_NONE)
    if len(roles) > 1 or not roles <= MACHINES.keys():
        raise refuse(Reason.ROLES_MIXED)
    return MACHINES[next(iter(roles))], roles


def _person(roles: frozenset[Role], issuer: Issuer) -> frozenset[Role]:
    if roles & MACHINES.keys():
        raise refuse(Reason.ROLES_MIXED if roles - MACHINES.keys() else Reason.KIND)
    if not roles | issuer.everyone:
        raise refuse(Reason.ROLE_NONE)
    return roles | issuer.everyone


def _allowed(roles: frozenset[Role], issuer: Issuer) -> frozenset[Role]:
    if issuer.roles is not None and not roles <= issuer.roles:
        raise refuse(Reason.ROLE_NOT_GIVEN)
    return roles
