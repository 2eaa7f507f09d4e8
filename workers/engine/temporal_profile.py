"""`temporal.yaml`: the address of Temporal, and the settings of a worker there.

Secrets come from the environment only. Errors name the file, the key and what was expected.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from office.run_info import read_run
from office.settings import PROJECT, LogLevel, Settings, SettingsError, wording

if TYPE_CHECKING:
    from temporalio.envconfig import ClientConfigProfile, ClientConnectConfig

ENV_FILE = "temporal.yaml"

# Keys of an `env:` entry that we read: name there → path in the SDK's profile.
_OURS = {
    "address": ("address",),
    "namespace": ("namespace",),
    "tls": ("tls", "disabled"),
    "tls-server-name": ("tls", "server_name"),
    "tls-ca-path": ("tls", "server_ca_cert_path"),
    "tls-cert-path": ("tls", "client_cert_path"),
    "tls-key-path": ("tls", "client_key_path"),
}
# Keys of the `temporal` command that we ignore.
_ITS = frozenset(("client-connect-timeout", "codec-endpoint", "color", "command-timeout", "log-format", "log-level"))
_SECRET = frozenset(("api-key", "codec-auth", "grpc-meta", "tls-key-data"))


class WorkerSettings(BaseModel):
    """One entry of `worker:`. Numbers count tasks at the same time in one process."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=lambda name: name.replace("_", "-"))

    task_queue: str = Field("suqiu", min_length=1)
    deployment_name: str = Field("suqiu", min_length=1)
    max_concurrent_activities: int = Field(20, ge=1)
    max_concurrent_workflow_tasks: int = Field(20, ge=2)
    log_level: LogLevel = "info"
    metrics_address: str | None = Field(None, pattern=r"^[^:]+:\d+$")


@dataclass(frozen=True)
class Profile:
    """The address of Temporal, and the settings of a worker there.

    `starts_beside`: the pid of the `up` that announced the address, while its engine is still starting.
    """

    name: str
    client: "ClientConfigProfile"
    worker: WorkerSettings
    starts_beside: int | None = None

    @property
    def address(self) -> str:
        """`host:port` of the gRPC service."""
        return self.client.address or "127.0.0.1:7233"

    @property
    def namespace(self) -> str:
        """The namespace our workflows live in."""
        return self.client.namespace or "default"

    def at(self, address: str, namespace: str) -> "Profile":
        """Return this profile for another server, as the one a running `up` announces."""
        from temporalio.envconfig import ClientConfigProfile

        return replace(self, client=ClientConfigProfile(address=address, namespace=namespace))

    def connect_options(self) -> "ClientConnectConfig":
        """Return the keyword arguments of `Client.connect`; a missing certificate file raises OSError."""
        options = self.client.to_client_connect_config()
        options["target_host"], options["namespace"] = self.address, self.namespace
        return options


def profile_of(settings: Settings) -> Profile:
    """The profile of `temporal.yaml`; `local` takes the address that a running `up` announces.

    Raises:
        SettingsError: the file or the profile is wrong.
    """
    profile = load_profile(find_env_file(settings), settings.temporal_profile)
    run = read_run(settings.data)
    if settings.temporal_profile == "local" and run is not None:
        there = profile.at(run.temporal, run.namespace)
        return replace(there, starts_beside=run.pid) if not run.engine else there
    return profile


def find_env_file(settings: Settings) -> Path | None:
    """Return the file to read: the one named, else `temporal.yaml` here, else the project's, else None.

    Raises SettingsError if the one named is not there.
    """
    if settings.temporal_env_file is not None:
        if not settings.temporal_env_file.is_file():
            raise SettingsError(f"SUQIU_TEMPORAL_ENV_FILE: no file {settings.temporal_env_file}")
        return settings.temporal_env_file
    return next((path for path in (Path(ENV_FILE), PROJECT / ENV_FILE) if path.is_file()), None)


def load_profile(path: Path | None, name: str = "local", environment: Mapping[str, str] | None = None) -> Profile:
    """Return the profile `name` of the file at `path`; without a file, the built-in `local` one.

    `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`, `TEMPORAL_TLS…` of `environment` (None: this
    process's) override what the file says. Raises SettingsError naming file, key and what was expected.
    """
    from temporalio.envconfig import ClientConfigProfile

    sections = {"env": {"local": {}}, "worker": {"local": {}}} if path is None else _sections(path)
    where = str(path or "built-in profiles")
    if name not in sections["env"]:
        known = ", ".join(sorted(sections["env"])) or "none"
        raise SettingsError(f"{where}: no profile {name!r} under `env:`; there are: {known}")
    try:
        worker = WorkerSettings.model_validate(sections["worker"].get(name, {}))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        expected = ", ".join(field.replace("_", "-") for field in WorkerSettings.model_fields)
        hint = f"; expected one of: {expected}" if first["type"] == "extra_forbidden" else ""
        raise SettingsError(f"{where}: worker.{name}.{key}: {wording(first)}{hint}") from None
    toml = _profile_toml(where, name, sections["env"][name])
    try:
        client = ClientConfigProfile.load(name, config_source=toml, override_env_vars=environment)
    except (RuntimeError, ValueError) as error:
        raise SettingsError(f"{where}: env.{name} (and TEMPORAL_… variables): {error}") from None
    return Profile(name, client, worker)


def _sections(path: Path) -> dict[str, dict[str, dict[str, Any]]]:
    try:
        document = yaml.safe_load(path.read_text("utf-8")) or {}
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{path}: is not YAML: {str(error).splitlines()[0]}") from None
    if not isinstance(document, dict):
        raise SettingsError(f"{path}: expected the sections `env:` and `worker:`")
    for section, entries in document.items():
        if section not in ("env", "worker"):
            raise SettingsError(f"{path}: {section}: expected only the sections `env:` and `worker:`")
        if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
            raise SettingsError(f"{path}: {section}: expected profile names, each with keys and values")
        for name, entry in entries.items():
            for key, value in entry.items():
                if not isinstance(value, (str, int, float, bool)):
                    raise SettingsError(f"{path}: {section}.{name}.{key}: expected one plain value")
    return {"env": document.get("env", {}), "worker": document.get("worker", {})}


def _profile_toml(where: str, name: str, entry: Mapping[str, Any]) -> str:
    """The profile as TOML, which the SDK's loader reads."""
    flat: list[str] = []
    tls: list[str] = []
    for key, value in entry.items():
        if key in _SECRET:
            raise SettingsError(f"{where}: env.{name}.{key}: a secret; set it in the environment instead")
        if key in _ITS:
            continue
        if key not in _OURS:
            raise SettingsError(f"{where}: env.{name}.{key}: unknown; expected one of: {', '.join(_OURS)}")
        if key == "tls":
            if str(value).lower() not in ("true", "false"):
                raise SettingsError(f"{where}: env.{name}.tls: expected true or false, not {value!r}")
            value = str(value).lower() == "false"  # noqa: PLW2901 (the SDK says `disabled`)
        *table, field = _OURS[key]
        scalar = value if isinstance(value, bool) else str(value)
        (tls if table else flat).append(f"{field} = {json.dumps(scalar)}")
    title = json.dumps(name)
    lines = [f"[profile.{title}]", *flat]
    return "\n".join([*lines, f"[profile.{title}.tls]", *tls] if tls else lines)
