"""Tests against vectors made by others."""
