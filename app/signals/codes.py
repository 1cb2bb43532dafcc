"""The closed lists a report and a case are made of (DESIGN section 4 and 8, workflow.md 0)."""

CATEGORIES = ("human_trafficking", "care_fraud", "drugs", "rural_premises")
TOPICS = (
    "labour_exploitation",
    "sexual_exploitation",
    "criminal_exploitation",
    "care_delivery",
    "care_billing",
    "care_budget",
    "care_housing",
    "care_organisation",
    "care_coercion",
    "cannabis",
    "drug_lab",
    "drug_waste",
    "drug_dealing",
    "drug_storage",
    "shady_rent",
    "owner_pressure",
    "odd_building",
    "vehicle_stripping",
    "holiday_park",
    "environment",
    "sham_company",
    "money_laundering",
)
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
