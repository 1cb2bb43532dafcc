"""The token front: who is calling, and who is not."""
