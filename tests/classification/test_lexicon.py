"""The rules the lexicon keeps about itself; a change that breaks one does not load."""

from importlib import resources

import pytest

from app.classification.lexicon import FILES, LexiconError, build, shipped
from app.classification.values import CATEGORIES


def files() -> dict[str, str]:
    folder = resources.files("app.classification").joinpath("lexicon")
    names = ("settings", "spelling", "groups", *FILES)
    return {name: folder.joinpath(name + ".toml").read_text("utf-8") for name in names}


def with_rule(body: str, file: str = "drugs") -> dict[str, str]:
    changed = files()
    changed[file] += "\n" + body
    return changed


def test_every_category_has_rules_of_each_weight_with_a_dutch_sentence() -> None:
    rules = shipped().rules.values()
    for category in CATEGORIES:
        assert {r.weight for r in rules if r.category == category} == {1, 2, 3}
    assert all(r.says.endswith(".") for r in rules)


def test_the_version_changes_with_one_letter() -> None:
    assert build(files()).version == shipped().version
    assert build(with_rule("# note\n")).version != shipped().version


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('[X1]\nweight = 4\nany = "aceton"', "weight"),
        ('[X1]\nweight = 0\nany = "aceton"', "weight"),
        ('[X1]\nweight = 2\nany = "lab"', "alone"),
        ('[X1]\nweight = 1\nany = "arbeidsmigrant*"', "alone"),
        ('[X1]\nweight = 2\ntopic = "cycling"\nany = "aceton"', "closed list"),
        ('[X1]\nweight = 2\nany = "@nergens"', "group"),
        ('[X1]\nweight = 2\nany = "cliënt"', "comparable"),
        ('[X1]\nweight = 2\nany = "aceton &"', "empty"),
    ],
)
def test_a_rule_that_breaks_a_rule_of_the_house_is_refused(body: str, reason: str) -> None:
    with pytest.raises(LexiconError, match=reason):
        build(with_rule(body))


def test_a_rule_cannot_stand_twice_in_two_files() -> None:
    with pytest.raises(LexiconError, match="twice"):
        build(with_rule('[MH01]\nweight = 2\nany = "aceton"'))
