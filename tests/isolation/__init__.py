"""Who reaches what: every login on every table, straight on the database, held against one readable table."""
