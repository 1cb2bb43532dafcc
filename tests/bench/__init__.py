"""Benchmarks: ratios measured in one run (`make bench`), never part of the tests."""
