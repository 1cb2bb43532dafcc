"""Tests of the same request sent twice."""
