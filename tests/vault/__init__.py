"""Tests of keys and sealed records."""
