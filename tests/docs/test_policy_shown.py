"""What the interface's document says of conditions, members shown and members written is what the policy decides."""

from app.identity.policy import CHANGES, CONDITIONS, FIELDS, RULES
from tests.docs.test_docs import table_rows, text_of

SIGN_INS = {"strong", "any"}


def test_conditions_in_the_docs_are_those_in_force() -> None:
    told = {row for row in table_rows(text_of("api.md"), 3) if row[2] in SIGN_INS}
    assert told == {
        (rule.permission, ", ".join(rule.on) or "-", "strong" if rule.strong else "any")
        for rule in RULES
        if rule.on or rule.strong
    }


def test_every_condition_is_explained() -> None:
    text = text_of("api.md")
    words = {name.partition(" or supplied")[0] for name in CONDITIONS} | {"or supplied", "strong"}
    assert [word for word in sorted(words) if f"*{word}*:" not in text] == []


def test_members_of_a_case_are_shown_where_the_docs_say() -> None:
    told = {row for row in table_rows(text_of("api.md"), 2) if row[0] in FIELDS}
    assert told == {(name, ", ".join(sorted(kinds))) for name, kinds in FIELDS.items()}


def test_members_that_not_everybody_writes_are_those_in_the_docs() -> None:
    roles = {(member, permission) for permission, member in CHANGES}
    told = {row for row in table_rows(text_of("api.md"), 3) if row[:2] in roles}
    assert told == {
        (member, permission, ", ".join(sorted(role.value for role in roles)))
        for (permission, member), roles in CHANGES.items()
    }
