"""Hypothesis without a deadline: a busy machine is no broken promise."""

from hypothesis import settings

settings.register_profile("desk", deadline=None)
settings.load_profile("desk")
