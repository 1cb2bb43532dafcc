"""Tests of what is kept and what is destroyed."""
