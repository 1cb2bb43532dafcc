"""Tests of the primitives the desk seals, signs and compares with."""
