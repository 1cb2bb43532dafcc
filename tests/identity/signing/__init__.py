"""Signing in to the pages at a real OpenID provider."""
