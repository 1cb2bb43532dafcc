# One image for all processes: serve (default), serve --only intake, worker, migrate.
# Runs as an ordinary user on a read-only root; writes only to MELDPUNT_HOME (a volume) and /tmp (a tmpfs).
FROM python:3.13-slim AS build
WORKDIR /srv/meldpunt
RUN python -m venv .venv
COPY requirements.txt ./
RUN .venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE alembic.ini ./
COPY migrations migrations
COPY app app
RUN .venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation -e . \
 && .venv/bin/python -m compileall -q app migrations

FROM python:3.13-slim
LABEL org.opencontainers.image.title="Meldpunt Ondermijning Drenthe" \
      org.opencontainers.image.licenses="EUPL-1.2"
RUN groupadd --gid 10001 meldpunt \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin meldpunt \
 && install -d -m 0700 -o 10001 -g 10001 /var/lib/meldpunt
COPY --from=build /srv/meldpunt /srv/meldpunt
WORKDIR /srv/meldpunt
ENV MELDPUNT_HOME=/var/lib/meldpunt \
    MELDPUNT_HOST=0.0.0.0 \
    MELDPUNT_PORT=8000 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001:10001
VOLUME /var/lib/meldpunt
EXPOSE 8000
STOPSIGNAL SIGTERM
# Alive, not ready: a database that is away for a moment is no reason to restart.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD [".venv/bin/python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['MELDPUNT_PORT'] + '/healthz', timeout=2)"]
ENTRYPOINT [".venv/bin/meldpunt"]
CMD ["serve"]
