"""A process's settings: the `SUQIU_…` environment variables; for `temporal.yaml`: `temporal_profile.py`.

Secrets come from the environment only. Errors name the file, the key and what was expected.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from rulebook.problems import BadInput

PROJECT = Path(__file__).resolve().parent.parent
LogLevel = Literal["debug", "info", "warning", "error"]


SECONDS = "expected 1 to 86400 seconds"


class SettingsError(BadInput, ValueError):
    """A setting is missing or wrong; the message names its place and what was expected."""


class Settings(BaseSettings):
    """The `SUQIU_…` environment variables. Make it with `read_settings`, which words the errors."""

    model_config = SettingsConfigDict(env_prefix="SUQIU_", extra="ignore", frozen=True)

    data: Path = Path(".suqiu")
    database_url: SecretStr | None = None
    temporal_profile: str = "local"
    temporal_env_file: Path | None = None
    master_key: SecretStr | None = None
    log_key: SecretStr | None = None
    checkpoint_file: Path | None = None
    timestamp_url: str | None = None
    timestamp_ca: Path | None = None
    witness_keys: str | None = None
    witness_notes: Path | None = None
    log_level: LogLevel | None = None
    apprise_urls: SecretStr | None = None
    clock_tolerance: timedelta = timedelta(seconds=60)
    rulebook: Path = PROJECT / "rulebook" / "baiyang" / "rulebook.yaml"

    @field_validator("clock_tolerance", mode="before")
    @classmethod
    def _seconds(cls, value: object) -> object:
        """Seconds, whole or fractional, as text too."""
        if isinstance(value, str):
            try:
                value = float(value)
            except ValueError:
                raise ValueError(SECONDS) from None
        if isinstance(value, int | float):
            if not 1 <= value <= 86_400:
                raise ValueError(SECONDS)
            return timedelta(seconds=value)
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value


def read_settings(**given: Any) -> Settings:
    """Return the environment's settings, `given` values first. Raises SettingsError naming the variable."""
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = "SUQIU_" + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"{name}: {wording(first)}") from None


def wording(error: Any) -> str:
    """A pydantic error in the words of a setting's error: what was expected, and what was found."""
    return f"{error['msg'][:1].lower()}{error['msg'][1:]}, not {error['input']!r}"
