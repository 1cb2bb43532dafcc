"""Tests of the jobs the desk does by itself."""
