"""Text in, category and clues out. Pure: no network, no database, no model to load."""
