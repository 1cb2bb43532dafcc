"""The policy is one table of values: every line is decided by role and condition, and says why it refuses."""

from dataclasses import replace

import pytest

from app.identity import policy
from app.identity.actor import STRANGER, Actor, Kind, OrganisationId, Role, Subject
from app.identity.policy import CHANGES, CONDITIONS, FIELDS, PERMISSIONS, RULES, Allowed, Denied, Thing

EMMEN = OrganisationId("gemeente-emmen")


def somebody(*roles: Role, organisation: OrganisationId = EMMEN, sub: str = "me") -> Actor:
    """Somebody with these roles."""
    return Actor(Kind.PERSON, organisation, frozenset(roles), Subject(sub))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.permission)
def test_a_permission_is_for_its_roles_and_for_no_other(rule: policy.Rule) -> None:
    for role in Role:
        ruling = policy.verdict(somebody(role), rule.permission)
        allowed = not rule.roles or role in rule.roles
        assert isinstance(ruling, Allowed) is allowed, role
    stranger = policy.verdict(STRANGER, rule.permission)
    assert isinstance(stranger, Allowed) if not rule.roles else stranger == Denied("not_signed_in")


def test_the_table_is_sorted_names_each_permission_once_and_only_conditions_that_exist() -> None:
    names = [rule.permission for rule in RULES]
    assert names == sorted(set(names))
    assert {condition for rule in RULES for condition in rule.on} == set(CONDITIONS)


@pytest.mark.parametrize("permission", ["case:open", "reporter:open"])
def test_opening_and_revealing_take_a_strong_sign_in(permission: str) -> None:
    weak = replace(somebody(Role.COORDINATOR), strong=False)
    assert policy.verdict(weak, permission) == Denied("sign_in_too_weak")
    assert isinstance(policy.verdict(weak, "case:list"), Allowed)


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({}, None),
        ({"holder": "gemeente-assen"}, Denied("no_such_case", hidden=True)),
        ({"queue_kind": "riec"}, Denied("no_such_case", hidden=True)),
        ({"returned": True}, Denied("no_such_case", hidden=True)),
        ({"assignee": "another"}, Denied("not_assigned")),
        ({"assignee": None}, Denied("not_assigned")),
        ({"assignee": None, "supplied_unclaimed": True}, None),
        ({"police": True}, Denied("wpg_not_authorised")),
    ],
)
def test_a_case_opens_for_its_own_worker_alone(change: dict[str, object], refused: Denied | None) -> None:
    own = Thing(organisation=EMMEN, holder=EMMEN, queue_kind="triage", assignee="me")
    ruling = policy.on(somebody(Role.COORDINATOR), "case:open", replace(own, **change))  # type: ignore[arg-type]
    assert ruling == (refused or Allowed(Role.COORDINATOR))


def test_a_second_person_is_another_person_and_not_another_account() -> None:
    asked = Thing(organisation=EMMEN, people=frozenset({"asker", "main"}))
    approver = somebody(Role.APPROVER)
    assert isinstance(policy.on(approver, "approval:decide", asked), Allowed)
    for twin in (
        somebody(Role.APPROVER, sub="asker"),
        somebody(Role.APPROVER, sub="main"),
        replace(approver, principal=Subject("main")),
        Actor(Kind.PERSON, EMMEN, frozenset({Role.APPROVER})),
    ):
        assert policy.on(twin, "approval:decide", asked) == Denied("same_person")
    other = somebody(Role.APPROVER, organisation=OrganisationId("gemeente-assen"))
    assert policy.on(other, "approval:decide", asked) == Denied("other_organisation", hidden=True)
    covers = replace(asked, covering="gemeente-assen")
    assert isinstance(policy.on(other, "approval:decide", covers), Allowed)


def test_who_keeps_the_register_sees_all_of_it_and_no_case() -> None:
    manager = somebody(Role.FUNCTIONAL_MANAGER)
    assert policy.keeps_register(manager, "grant:list")
    assert not any(
        policy.keeps_register(manager, f"{part}:list") for part in ("case", "queue", "log", "signal")
    )
    assert not policy.keeps_register(somebody(Role.PRIVACY_OFFICER), "grant:list")
    assert not any(
        isinstance(policy.verdict(manager, name), Allowed) for name in PERMISSIONS if name[:5] == "case:"
    )


def test_members_that_speak_for_another_are_for_coordinators() -> None:
    for (permission, member), roles in CHANGES.items():
        for role in PERMISSIONS[permission]:
            ruling = policy.may_write(somebody(role), permission, [member])
            assert (ruling == Denied("member_not_yours")) is (role not in roles), (permission, member, role)
    assert isinstance(policy.may_write(somebody(Role.EMPLOYEE), "signal:submit", ["text"]), Allowed)


def test_a_mandate_is_the_auditors_grant_and_for_oversight_the_own_organisation() -> None:
    assert policy.mandate(somebody(Role.AUDITOR)) == ()
    assert policy.mandate(replace(somebody(Role.AUDITOR), mandate=("*",))) == ("*",)
    listed = replace(somebody(Role.AUDITOR), mandate=("gemeente-assen",))
    assert policy.mandate(listed) == ("gemeente-assen",)
    assert policy.mandate(replace(somebody(Role.DPO), mandate=("*",))) == (EMMEN,)
    assert policy.mandate(replace(somebody(Role.COORDINATOR), mandate=("*",))) == ()


def test_who_reported_and_the_way_to_the_signal_show_in_the_queues_listed_and_in_no_other() -> None:
    assert FIELDS["reporter"] == frozenset({"triage"})
    assert not policy.shows("rudd", "signalId")
    assert not policy.shows("rudd", "content")
    assert not policy.shows("riec", "minimised")
    assert policy.shows("riec", "category")
    assert policy.shows("rudd", "minimised")
