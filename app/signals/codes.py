"""The closed lists a report and a case are made of (DESIGN section 4 and 8, workflow.md 0)."""

from app.classification import values

CATEGORIES = values.CATEGORIES
TOPICS = values.TOPICS
SAFETY = ("weapon", "aggression", "chemicals", "explosion", "dog", "surveillance")
CHANNELS = ("form", "phone", "counter", "email", "letter", "mma", "platform", "rural_visit", "inspection")
OBSERVATIONS = ("own", "colleague", "third_party", "rumour")
CAPACITIES = ("supervision", "investigation", "counter", "care", "other")
CONFIDENTIALITY = ("named", "shielded", "anonymous")
URGENCY = ("normal", "immediate_danger")
PERSON_ROLES = ("suspect", "victim", "witness", "owner", "tenant", "other")
REPORTED_TO = ("police", "municipality", "mma", "safe_at_home", "inspectorate", "other")
VIA = ("receipt", "phone", "email")
REGIMES = {"investigation": "wpg", "care": "wmo_youth"}


def regime(capacity: str, channel: str) -> str:
    """Which law the report falls under: wpg for investigation, wmo_youth for care, mma for that line, else avg."""
    return "mma" if channel == "mma" else REGIMES.get(capacity, "avg")
