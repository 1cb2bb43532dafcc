"""Lists in pages: how many, from where, and the cursor to go on with."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field
from starlette.requests import Request

from app.http import cursors
from app.http.queries import Query


class Page(Query):
    """Base of list queries: at most `limit` items, from where `cursor` says."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str, Field(min_length=1, max_length=1024)] | None = None

    def bound_to(self, *owners: str) -> list[str]:
        """What its cursor is bound to: whose list, and every filter and sort it was asked with."""
        filters = self.model_dump(mode="json", exclude={"limit", "cursor"})
        return [*owners, *(f"{name}={value}" for name, value in sorted(filters.items()))]

    def place(self, key: bytes, *owners: str) -> cursors.Position | None:
        """Where to go on, None at the start. Raises Invalid for a cursor that is altered or of another list."""
        return None if self.cursor is None else cursors.decode(key, self.bound_to(*owners), self.cursor)

    def next(self, key: bytes, place: Sequence[str | int], *owners: str) -> str:
        """The cursor that goes on after `place`."""
        return cursors.encode(key, self.bound_to(*owners), place)


def cursor_key(request: Request) -> bytes:
    """The key cursors of this process are signed with."""
    return bytes(request.app.state.cursor_key())
