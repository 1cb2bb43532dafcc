"""`python -m app` is the meldpunt command."""

from app.cli import main

main()
