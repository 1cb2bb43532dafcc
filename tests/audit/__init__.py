"""Tests of the access log and its entries."""
