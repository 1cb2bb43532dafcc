"""More people than the cast has: so many second persons of one organisation, each with a token of her own."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.demo.cast import CAST, Group, Member, subject
from app.identity.actor import OrganisationId, Role
from app.installation import Person


@contextmanager
def cast_with(organisation: str, role: Role, names: list[str]) -> Iterator[list[Person]]:
    """The demo issuer knows these too for as long as the block lasts; the roles are still to be granted."""
    own = OrganisationId(organisation)
    with pytest.MonkeyPatch.context() as patch:
        found = []
        for name in names:
            member = Member(name, subject(name), own, frozenset({role}), name, None, Group.HANDLE, "")
            patch.setitem(CAST, name, member)
            found.append(Person(own, member.sub, frozenset({role})))
        yield found
