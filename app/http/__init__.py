"""The desk over HTTP: its refusals, headers, bodies, query strings, cursors, tags, description (DESIGN 8)."""
