"""Settings of a process, read once from the environment (prefix MELDPUNT_) or from files, frozen afterwards.

Each setting is listed in docs/operations.md. A secret may be given as a file: MELDPUNT_<NAME>_FILE.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.errors import StartRefused

POSTGRES = frozenset({"postgres", "postgresql", "postgresql+asyncpg"})
SECRETS = ("DATABASE_URL", "WEBHOOK_SECRETS", "KEY_PASSPHRASE", "INTAKE_KEY")


class Settings(BaseSettings):
    """What one process needs to know. Built with `load`; nothing is read at import."""

    model_config = SettingsConfigDict(
        env_prefix="MELDPUNT_", frozen=True, extra="ignore", case_sensitive=False
    )

    home: Path = Path("var")
    environment: Literal["demo", "production"] = "production"
    database_url: SecretStr | None = None
    logins: Path | None = None
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    metrics_port: Annotated[int, Field(ge=1, le=65535)] | None = None
    worker_metrics_port: Annotated[int, Field(ge=1, le=65535)] | None = None
    otlp_url: str | None = None
    oidc_issuer: str | None = None
    oidc_audience: str = "urn:meldpunt"
    oidc_jwks_url: str | None = None
    oidc_strong: str = ""
    issuers_file: Path | None = None
    webhook_secrets: SecretStr | None = None
    fallback_organisation: str = "provincie-drenthe"
    key_passphrase: SecretStr | None = None
    intake_key: SecretStr | None = None
    directory_key: Path | None = None
    public_origin: str | None = None
    trusted_proxies: str = ""
    origins_file: Path | None = None
    submissions_per_person: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
    pool_size: Annotated[int, Field(ge=1, le=100)] = 8

    @field_validator("home", "logins", "issuers_file", "directory_key", "origins_file", mode="after")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return None if path is None else Path(os.path.abspath(path))

    @field_validator("database_url", mode="after")
    @classmethod
    def _postgres(cls, url: SecretStr | None) -> SecretStr | None:
        """An address that nothing could connect to is refused here, where its text is shown to nobody."""
        if url is not None:
            parts = urlsplit(url.get_secret_value())
            if parts.scheme not in POSTGRES or parts.port == 0:
                raise ValueError("no address of a PostgreSQL server")
        return url

    @property
    def keys_folder(self) -> Path:
        """Where private keys, the intake key and the pinned directory key lie."""
        return self.home / "keys"

    @property
    def logins_folder(self) -> Path:
        """One file per database login this process may use, holding its password."""
        return self.logins or self.home / "logins"

    @property
    def pinned_directory_key(self) -> Path:
        """File with the Ed25519 public key that signs the key directory; never in the database."""
        return self.directory_key or self.keys_folder / "directory.pub"

    @property
    def demo(self) -> bool:
        """Whether this is a demonstration with an invented cast."""
        return self.environment == "demo"


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from `environ` (default: the process's own), secrets also from files, `environment` from home.

    Raises StartRefused naming each setting that does not fit, never its value.
    """
    given = dict(os.environ if environ is None else environ)
    for name in SECRETS:
        file = given.pop(f"MELDPUNT_{name}_FILE", "")
        if file:
            try:
                given[f"MELDPUNT_{name}"] = Path(file).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise StartRefused(
                    f"MELDPUNT_{name}_FILE: kan het bestand niet lezen ({type(error).__name__})."
                ) from None
    fields = {
        key.removeprefix("MELDPUNT_").lower(): value
        for key, value in given.items()
        if key.startswith("MELDPUNT_") and value != ""
    }
    home = Path(os.path.abspath(fields.get("home", "var")))
    written = home / "environment"
    if "environment" not in fields and written.is_file():
        fields["environment"] = written.read_text(encoding="ascii").strip()
    fields["home"] = str(home)
    known = {key: value for key, value in fields.items() if key in Settings.model_fields}
    try:
        return Settings.model_validate(known)
    except ValidationError as error:
        names = sorted({f"MELDPUNT_{str(fault['loc'][0]).upper()}" for fault in error.errors()})
        raise StartRefused(
            f"{', '.join(names)}: deze instelling klopt niet. Zie docs/operations.md."
        ) from None
