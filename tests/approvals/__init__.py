"""The second person: who may ask, who may decide, what an approval is worth."""
