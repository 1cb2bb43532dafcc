# Two commands do everything: `make run` and `make test`. Needs Python 3.11 or newer and a package index.
SHELL := /bin/sh
VENV := .venv
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check
INSTALL := $(PIP) install --no-deps --require-hashes
ARGS ?=
# The oldest PostgreSQL the desk runs on, and the tests that ask most of a database.
FIFTEEN := /usr/lib/postgresql/15/bin
OLDEST := $(addprefix tests/,database isolation audit intake journeys approvals/test_second_person.py identity/test_sessions.py \
  $(addprefix casework/test_,claim.py lists.py moves.py) \
  $(addprefix organisations/test_,participants_shown.py roles.py cover.py review.py)) \
  --ignore tests/isolation/test_http_matrix.py --ignore tests/intake/test_progress.py
# Two files at a time, each worker on a database of its own.
TWO := -n 2 --dist loadfile
# Files that run side by side may wait for each other for ever: then it ends here, in place of with the build server.
AT_MOST := $(shell command -v timeout >/dev/null 2>&1 && echo timeout --foreground --kill-after=20 1500)
unexport PYTHONPATH PYTHONHOME PIP_USER PIP_TARGET PIP_PREFIX
.NOTPARALLEL:
.PHONY: help run test test-oldest check bench fmt ready ready-dev install install-dev

help:
	@echo "make run     start het meldpunt op http://127.0.0.1:$(or $(PORT),8000) (PORT=8100 make run voor een andere poort)"
	@echo "make test    alle tests, op een PostgreSQL die ze zelf starten (ARGS=tests/demo voor een deel);"
	@echo "             staat PostgreSQL 15 op deze machine, dan eerst een deel daarop"
	@echo "make check   opmaak, regels, typen, de volgorde van de onderdelen en de documentatie"
	@echo "make bench   verhoudingsgetallen van de snelheid"
	@echo "make fmt     zet de opmaak goed"

run: export MELDPUNT_PORT := $(or $(PORT),$(MELDPUNT_PORT),8000)
run: export MELDPUNT_HOME := $(or $(MELDPUNT_HOME),$(CURDIR)/var)
run: ready
	@exec $(VENV)/bin/meldpunt demo run

test: ready-dev
	@[ -n "$(ARGS)" ] || $(MAKE) --no-print-directory test-oldest
	@if [ -n "$(ARGS)" ]; then exec $(VENV)/bin/python -m pytest $(ARGS); fi; \
	$(AT_MOST) $(VENV)/bin/python -m pytest $(TWO) || { code=$$?; [ $$code -eq 124 ] || exit $$code; \
	  echo "Een test bleef hangen; hierboven staat waar. Daarom nog een keer, een bestand tegelijk."; \
	  exec $(VENV)/bin/python -m pytest; }

test-oldest: ready-dev
	@if [ -x $(FIFTEEN)/initdb ]; then echo "Eerst wat een database vraagt, op PostgreSQL 15; daarna alles op 18."; \
	  $(AT_MOST) $(VENV)/bin/python -m pytest --postgresql=15 $(TWO) $(OLDEST) || { code=$$?; \
	  [ $$code -eq 124 ] || exit $$code; exec $(VENV)/bin/python -m pytest --postgresql=15 $(OLDEST); }; \
	  else echo "Geen PostgreSQL 15 in $(FIFTEEN): de tests draaien alleen op 18. Op Debian 12: apt install postgresql-15"; fi

check: ready-dev
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy --strict app tests
	@$(VENV)/bin/lint-imports
	@[ ! -d tests/docs ] || $(VENV)/bin/python -m pytest tests/docs

bench: ready-dev
	@$(VENV)/bin/python -m tests.bench $(ARGS)

fmt: ready-dev
	@$(VENV)/bin/ruff format .
	@$(VENV)/bin/ruff check --fix .

# What was installed is kept beside it, word for word, and written last: an installation that was cut off, or
# for other requirements, or moved to another folder, is not recognised and made again from the start.
ready:
	@if ! { [ -x $(VENV)/bin/meldpunt ] && [ "$$(cat $(VENV)/place 2>/dev/null)" = "$(CURDIR)" ] && \
	  cmp -s requirements.txt $(VENV)/requirements.txt && cmp -s pyproject.toml $(VENV)/pyproject.toml; }; then \
	  $(MAKE) --no-print-directory install; fi

ready-dev: ready
	@cmp -s requirements-dev.txt $(VENV)/requirements-dev.txt || $(MAKE) --no-print-directory install-dev

install:
	@found=; for python in python3.14 python3.13 python3.12 python3.11 python3; do \
	  command -v $$python >/dev/null 2>&1 || continue; found=$${found:-old}; \
	  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; found=bare; \
	  $$python -c 'import ensurepip, venv' 2>/dev/null || continue; found=$$python; break; done; \
	case "$$found" in \
	  "") echo "Python ontbreekt. Installeer Python 3.11 of nieuwer en probeer het opnieuw." >&2; exit 2;; \
	  old) echo "Deze Python is te oud: $$(python3 --version 2>&1). Nodig is Python 3.11 of nieuwer." >&2; exit 2;; \
	  bare) echo "Bij deze Python ontbreekt de module venv. Installeer die, op Debian en Ubuntu met: apt install python3-venv" >&2; exit 2;; \
	esac; \
	echo "Pakketten klaarzetten met $$($$found --version). Dit gebeurt alleen de eerste keer ..."; \
	rm -rf $(VENV) && $$found -m venv $(VENV)
	@$(INSTALL) -r requirements.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@cp requirements.txt pyproject.toml $(VENV)/ && printf %s "$(CURDIR)" > $(VENV)/place

install-dev:
	@echo "Pakketten voor het testen klaarzetten. Dit gebeurt alleen de eerste keer ..."
	@rm -f $(VENV)/place
	@$(INSTALL) -r requirements-dev.txt
	@cp requirements-dev.txt $(VENV)/ && printf %s "$(CURDIR)" > $(VENV)/place
