"""Tests of the database itself: schema, grants, row security, transactions."""
