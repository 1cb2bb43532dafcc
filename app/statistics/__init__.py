"""Counts of what the desk did, for those who look after it; nothing small is told (workflow.md 8, k = 5)."""
