"""The one table of who may what in the database: table, login, verb -> which rows, which columns.

A table that is not here fails the matrix, so a new one is added on purpose. A login that is not named at a table may
do nothing with it, and a verb that is not named neither; the owner of the tables, who has every right on them, reaches
no row then. Which rows: `rows.py`. What it all comes to in grants and policies: migrations/schema.txt.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from app.database import Login
from tests.isolation.rows import (
    ALL,
    APPROVED_TO_ERASE,
    COVERED,
    DECLARED_ERASED,
    GIVEN_BACK,
    HELD,
    MANDATE,
    OF_A_HELD_CASE,
    OF_A_HELD_SIGNAL,
    OF_A_SEEN_APPROVAL,
    OF_AN_OWNED_SIGNAL,
    OF_ANOTHER_RECORD,
    OF_BROKEN_GLASS,
    OF_OWN_KEYHOLDER,
    OF_THE_SIGNAL,
    OF_WHOM_IT_COVERS,
    OWN,
    RECEIVED,
    REGISTER,
    UNWRAPPED,
    Rows,
    but,
    older,
    where,
)

APP, INTAKE, WORKER = Login.APP.value, Login.INTAKE.value, Login.WORKER.value
AUDITOR, BACKUP = Login.AUDITOR.value, Login.BACKUP.value
OWNER: Final = "meldpunt_owner"
"""Whom the migrator's login acts as."""
DOOR: Final = "meldpunt_door"
"""Whose functions intake calls; no login, the owner can become it to hand it a function."""
LOGINS = (APP, INTAKE, WORKER, AUDITOR, BACKUP, OWNER, DOOR)
VERBS = ("select", "insert", "update", "delete")

Verbs = Mapping[str, Rows]
READ: Verbs = {"select": ALL}
WRITE: Verbs = {"insert": ALL}
LEAF = (
    "id leaf at role organisation action object_kind object_id case_id signal_id purpose outcome reason_code trace_id"
    " record"
)
WORKED = (
    "id signal_id organisation_id holder kind state priority assignee received_at due_at version merged_into"
)
GRANTING = ("grant_ended", "person_denied", "setting_activated", "rule_set_activated")
"""What the log says of rows that grant: only who does it may say it."""
DONE = where("kind", "request") & older("made_at", timedelta(hours=24)) | where("kind", "delivery") & older(
    "made_at", timedelta(days=30)
)
UNUSED = older("filled_at", timedelta(days=1))
OVER = older("ends_at", timedelta())
SEALED_HERE = but("mac", None)
INDEXERS = where("keyholder", "indexer")

EXPECTED: Mapping[str, Mapping[str, Verbs]] = {
    # reference data, public by nature
    "public.organisations": {
        APP: {"select": ALL, "insert": REGISTER, "update": REGISTER.only("name active mac")},
        BACKUP: READ,
        OWNER: {"select": ALL, "insert": ALL, "update": ALL, "delete": ALL},
        DOOR: {"select": ALL.only("id kind name municipality_code active mac")},
    },
    "public.queues": {
        APP: {"select": ALL, "insert": REGISTER, "update": REGISTER.only("name")},
        BACKUP: READ,
        OWNER: {"select": ALL, "insert": ALL, "update": ALL, "delete": ALL},
    },
    "public.key_directories": {
        APP: READ,
        BACKUP: READ,
        OWNER: {"select": ALL, "insert": ALL},
        DOOR: {"select": ALL.only("version document signature")},
    },
    "public.supply_terms": {
        APP: {
            "select": OWN | REGISTER,
            "insert": REGISTER,
            "update": REGISTER.only("mode ground valid_until mac"),
        },
        BACKUP: READ,
        OWNER: {"select": ALL, "insert": ALL},
        DOOR: {"select": ALL.only("id organisation_id queue_id category mode ground valid_until mac")},
    },
    # a signal and what hangs on it
    "public.signals": {
        APP: {"select": OWN},
        INTAKE: WRITE,
        BACKUP: READ,
        DOOR: {
            "select": ALL.only("id organisation_id reference confidentiality received_at"),
            "delete": OWN & DECLARED_ERASED,
        },
    },
    "public.sealed_parts": {
        APP: {
            "select": UNWRAPPED,
            "insert": where("kind", "message", "reason") & OF_A_HELD_SIGNAL & SEALED_HERE,
        },
        INTAKE: {"insert": where("kind", "signal", "message") & SEALED_HERE},
        WORKER: {"select": where("part", "identifiers"), "delete": where("part", "identifiers")},
        BACKUP: READ,
        DOOR: {
            "select": where("kind", "message").only("record_id version part suite commitment ciphertext mac")
        },
    },
    "wraps.wraps": {
        APP: {
            "select": OF_OWN_KEYHOLDER,
            "insert": OF_THE_SIGNAL & OF_AN_OWNED_SIGNAL | OF_ANOTHER_RECORD & OF_A_HELD_SIGNAL,
        },
        INTAKE: WRITE,
        WORKER: {
            "select": (GIVEN_BACK | INDEXERS).only(
                "record_id version key_id generation keyholder parts wrap"
            ),
            "delete": GIVEN_BACK | INDEXERS,
        },
        BACKUP: READ,
        DOOR: {"select": where("generation", "receipt").only("record_id version key_id generation wrap")},
    },
    # its partitions are reached through it alone
    "wraps.wraps_*": {BACKUP: READ},
    "public.receipts": {
        APP: {"select": OF_A_HELD_SIGNAL.only("signal_id public_key mac")},
        INTAKE: WRITE,
        BACKUP: READ,
        DOOR: {"select": ALL.only("lookup signal_id")},
    },
    "public.messages": {
        APP: {
            "select": OWN | OF_A_HELD_CASE,
            "insert": where("sender", "desk") & OF_A_HELD_CASE,
            "update": OF_A_HELD_CASE.only("read_at"),
        },
        INTAKE: {"insert": where("sender", "reporter")},
        BACKUP: READ,
        DOOR: {"select": ALL.only("id signal_id case_id sender sent_at")},
    },
    "public.classifications": {
        APP: {
            "select": HELD,
            "insert": HELD & where("made_by", "person") | OWN & where("made_by", "machine"),
        },
        INTAKE: {"insert": where("made_by", "machine")},
        BACKUP: READ,
    },
    "public.routing_decisions": {
        APP: {"select": HELD, "insert": OWN},
        INTAKE: WRITE,
        BACKUP: READ,
    },
    "public.disclosures": {
        APP: {
            "select": OWN | RECEIVED,
            "insert": OWN & where("mode", "confirmed"),
            "update": RECEIVED.only("ended outcome ended_at"),
        },
        INTAKE: {"insert": where("mode", "direct")},
        WORKER: {
            "select": ALL.only("id signal_id recipient ended ended_at seen_at"),
            "update": ALL.only("seen_at"),
        },
        BACKUP: READ,
    },
    # what can be compared and not read: the desk asks through two doors
    "public.blind_index": {
        WORKER: {"select": ALL.only("key_version"), "insert": ALL, "delete": ALL},
        BACKUP: READ,
        DOOR: {"select": ALL.only("token signal_id organisation_id kind place")},
    },
    "public.blind_wording": {
        WORKER: {"select": ALL.only("key_version"), "insert": ALL, "delete": ALL},
        BACKUP: READ,
        DOOR: {"select": ALL.only("token day signal_id key_version")},
    },
    # the work
    "public.cases": {
        APP: {
            "select": HELD,
            "insert": OWN & where("state", "new"),
            "update": HELD.only(
                "state category topics assignee state_since due_at due_kind visit_hold outcome returned version"
                " merged_into"
            ),
        },
        INTAKE: {"insert": where("state", "new", "supplied")},
        WORKER: {
            "select": ALL.only(WORKED),
            "update": but("state", "closed").only("state assignee state_since due_at due_kind version"),
        },
        BACKUP: READ,
        DOOR: {"select": ALL.only("id signal_id organisation_id holder kind state returned merged_into")},
    },
    "public.transitions": {
        APP: {"select": HELD, "insert": HELD},
        WORKER: {"insert": where("actor", None)},
        BACKUP: READ,
    },
    "public.told_apart": {
        APP: {"select": HELD, "insert": HELD},
        BACKUP: READ,
    },
    "public.openings": {
        APP: {"select": HELD, "insert": HELD},
        BACKUP: READ,
    },
    # who may, and what a second person said
    "public.grants": {
        APP: {
            "select": OWN | REGISTER,
            "insert": OWN | REGISTER | OF_BROKEN_GLASS,
            "update": (OWN | REGISTER).only("ended_at ended_by ended_reason mac"),
        },
        WORKER: READ,
        BACKUP: READ,
        OWNER: {"select": ALL, "insert": ALL},
        DOOR: {"select": ALL.only("id ended_at valid_until")},
    },
    "public.denials": {
        APP: {
            "select": OWN | REGISTER,
            "insert": OWN | REGISTER,
            "update": REGISTER.only("lifted_at lifted_by mac door_mac"),
        },
        WORKER: READ,
        BACKUP: READ,
        DOOR: {"select": ALL.only("id person lifted_at door_mac")},
    },
    "public.approvals": {
        APP: {"select": OWN | COVERED | REGISTER, "insert": OWN | REGISTER},
        BACKUP: READ,
    },
    "public.approval_decisions": {
        APP: {"select": OF_A_SEEN_APPROVAL, "insert": OF_A_SEEN_APPROVAL},
        BACKUP: READ,
    },
    "public.approval_uses": {
        APP: {"select": OF_A_SEEN_APPROVAL, "insert": OF_A_SEEN_APPROVAL},
        BACKUP: READ,
    },
    "public.settings_versions": {
        APP: {"select": OWN | REGISTER, "insert": REGISTER},
        BACKUP: READ,
        DOOR: {"select": ALL.only("id")},
    },
    "public.erasures": {
        APP: {"select": OWN, "insert": OWN & APPROVED_TO_ERASE},
        BACKUP: READ,
        DOOR: {"select": ALL.only("signal_id organisation_id")},
    },
    # of the whole desk; intake is handed the newest through its door
    "public.rule_sets": {
        APP: {"select": REGISTER, "insert": REGISTER},
        BACKUP: READ,
        DOOR: READ,
    },
    "public.notices": {
        APP: {
            "select": OWN,
            "insert": OWN | REGISTER | OF_WHOM_IT_COVERS,
            "update": OWN.only("seen_at seen_by"),
        },
        WORKER: WRITE,
        BACKUP: READ,
        DOOR: {
            "select": where("kind", "match_asked").only("organisation_id role kind object_id made_at"),
            "insert": where("kind", "match_asked"),
        },
    },
    # memory and limits: MACs that name nobody
    "public.sessions": {
        APP: {"select": ALL, "insert": ALL, "update": ALL.only("content ends_at"), "delete": ALL},
        WORKER: {"select": OVER.only("ends_at"), "delete": OVER},
        BACKUP: READ,
    },
    "public.idempotency": {
        APP: WRITE,
        INTAKE: WRITE,
        WORKER: {"select": DONE.only("kind made_at"), "delete": DONE},
        BACKUP: READ,
        DOOR: {"select": ALL.only("key object_id body")},
    },
    "public.rate_buckets": {
        WORKER: {"select": UNUSED.only("filled_at"), "delete": UNUSED},
        BACKUP: READ,
        DOOR: {"select": ALL, "insert": ALL, "update": ALL.only("tokens filled_at")},
    },
    # the log: everybody writes, the auditor reads, nobody changes
    "public.access_entries": {
        APP: {"insert": ALL.only(LEAF)},
        INTAKE: {"insert": but("action", *GRANTING).only(LEAF)},
        WORKER: {"insert": but("action", *GRANTING).only(LEAF)},
        AUDITOR: {"select": MANDATE, "insert": but("action", *GRANTING).only(LEAF)},
        BACKUP: READ,
        # whether a row that grants is the newest
        DOOR: {"select": (where("action", *GRANTING) & where("outcome", "allowed")).only("action object_id")},
    },
    "public.access_values": {
        APP: WRITE,
        INTAKE: WRITE,
        WORKER: WRITE,
        AUDITOR: {"select": MANDATE, "insert": ALL},
        BACKUP: READ,
    },
    # which migration the database is at
    "public.alembic_version": {
        BACKUP: READ,
        OWNER: {"select": ALL, "insert": ALL, "update": ALL, "delete": ALL},
    },
}

FUNCTIONS: Mapping[str, frozenset[str]] = {
    # function and its arguments -> who may call it, beside the door that owns it
    "ask_duplicates(uuid)": frozenset({APP}),
    "ask_matches(uuid,boolean)": frozenset({APP}),
    "denied()": frozenset({INTAKE}),
    "erase_signal(uuid)": frozenset({APP}),
    "intake_settings()": frozenset({INTAKE}),
    "put_back()": frozenset({APP, WORKER}),
    "mailbox(bytea)": frozenset({INTAKE}),
    "replay(bytea)": frozenset({INTAKE, APP}),
    "search_index(text,bytea[])": frozenset({APP}),
    "take_token(bytea,double precision,double precision,double precision)": frozenset({INTAKE}),
}
BECOMES: Mapping[str, frozenset[str]] = {
    # which other roles a login can act as; the migrator acts as the owner from its first word
    OWNER: frozenset({OWNER, DOOR, Login.MIGRATOR.value}),
}
