"""Why a token is refused: the closed list of codes for the log. A code never holds what was sent."""

from enum import StrEnum

from app.errors import Unauthenticated


class Reason(StrEnum):
    """One code per rule of the token front. The caller hears only 401; the log keeps the code."""

    SIZE = "token_size"
    SEGMENTS = "token_segments"
    ENCODING = "token_encoding"
    HEADER_JSON = "token_header_json"
    HEADER_MEMBER = "token_header_member"
    TYPE = "token_type"
    ALGORITHM = "token_algorithm"
    KEY_ID = "token_key_id"
    CLAIMS_JSON = "token_claims_json"
    ISSUER = "token_issuer"
    KEYS_UNAVAILABLE = "token_keys_unavailable"
    KEY_UNKNOWN = "token_key_unknown"
    KEY_MISMATCH = "token_key_mismatch"
    SIGNATURE = "token_signature"
    CLAIM_MISSING = "token_claim_missing"
    CLAIM_FORM = "token_claim_form"
    AUDIENCE = "token_audience"
    EXPIRED = "token_expired"
    NOT_YET_VALID = "token_not_yet_valid"
    LIFE = "token_life"
    ORGANISATION = "token_organisation"
    ROLE_UNKNOWN = "token_role_unknown"
    ROLE_NOT_GIVEN = "token_role_not_given"
    ROLES_MIXED = "token_roles_mixed"
    ROLE_NONE = "token_role_none"
    KIND = "token_kind"
    USE = "token_use"
    NONCE = "token_nonce"


def refuse(reason: Reason) -> Unauthenticated:
    """The 401 to raise for `reason`."""
    return Unauthenticated(reason=reason.value)
