"""What the report form offers: closed lists of the contract with the Dutch words a reporter reads.

Municipality codes are those of CBS; the other codes are the values that POST /v1/signals takes.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality of Drenthe: its CBS code (four digits), its name and the id of its organisation."""

    code: str
    name: str
    organisation: str


MUNICIPALITIES = (
    Municipality("1680", "Aa en Hunze", "gemeente-aa-en-hunze"),
    Municipality("0106", "Assen", "gemeente-assen"),
    Municipality("1681", "Borger-Odoorn", "gemeente-borger-odoorn"),
    Municipality("0109", "Coevorden", "gemeente-coevorden"),
    Municipality("1690", "De Wolden", "gemeente-de-wolden"),
    Municipality("0114", "Emmen", "gemeente-emmen"),
    Municipality("0118", "Hoogeveen", "gemeente-hoogeveen"),
    Municipality("0119", "Meppel", "gemeente-meppel"),
    Municipality("1731", "Midden-Drenthe", "gemeente-midden-drenthe"),
    Municipality("1699", "Noordenveld", "gemeente-noordenveld"),
    Municipality("1730", "Tynaarlo", "gemeente-tynaarlo"),
    Municipality("1701", "Westerveld", "gemeente-westerveld"),
)

OBSERVATIONS = (
    ("own", "Zelf gezien of gehoord"),
    ("colleague", "Van een collega"),
    ("third_party", "Van iemand anders"),
    ("rumour", "Het is een gerucht"),
)

CATEGORIES = (
    ("human_trafficking", "Mensenhandel"),
    ("care_fraud", "Zorgfraude"),
    ("drugs", "Drugs"),
    ("rural_premises", "Buitengebied: misbruik van loodsen en stallen"),
)

CAPACITIES = (
    ("supervision", "Toezicht", ""),
    (
        "investigation",
        "Opsporing, als boa",
        "Dan leest eerst uw eigen coördinator mee en gaat niets vanzelf verder.",
    ),
    ("counter", "Aan de balie", ""),
    ("care", "Zorg of hulp", ""),
    ("other", "Anders", ""),
)

DANGERS = (
    ("weapon", "Wapen"),
    ("aggression", "Agressie"),
    ("chemicals", "Chemische stoffen"),
    ("explosion", "Explosie"),
    ("dog", "Hond"),
    ("surveillance", "Camera's"),
)
