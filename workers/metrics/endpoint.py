"""A part's metrics endpoint: the first free port of a range, so that several parts run on one machine."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass

import structlog
from temporalio.runtime import Runtime

from eventstore.parts.pulse import OF_THIS_PROCESS
from office.settings import SettingsError
from workers.engine.connecting import temporal_runtime

PORTS = 32
"""Size of the port range, from the one in `metrics-address` on, that the parts of one machine share."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Endpoint:
    """The runtime that serves the metrics, for `connect`, and its address (`host:port`); None: not served."""

    runtime: Runtime
    address: str | None

    @property
    def url(self) -> str | None:
        """The URL for Prometheus to scrape."""
        return f"http://{self.address}/metrics" if self.address else None


def open_endpoint(first: str | None) -> Endpoint:
    """Listen at `first` (`IP:port`) or the next free port of its range; port 0: any free one; None: do not serve.

    If the whole range is taken, the part runs without an endpoint, and the log says so.

    Raises:
        SettingsError: no server can listen at that address.
    """
    if first is None:
        return Endpoint(temporal_runtime(), None)
    for address in _range(first):
        try:
            runtime = temporal_runtime(address)
        except ValueError as error:
            # The SDK has one exception for all; what the system said is in its words.
            if "in use" in str(error):
                continue
            raise SettingsError(
                f"metrics-address: expected an IP address of this machine and a port, as 127.0.0.1:9464; "
                f"found {first!r}: {error}"
            ) from None
        endpoint = Endpoint(runtime, address)
        OF_THIS_PROCESS["metrics"] = endpoint.url
        log.info("metrics.served", address=address)
        return endpoint
    log.warning("metrics.not_served", first=first, ports=PORTS, reason="every port of the range is taken")
    return Endpoint(temporal_runtime(), None)


def _range(first: str) -> Iterator[str]:
    host, _, port = first.rpartition(":")
    if int(port):
        yield from (f"{host}:{number}" for number in range(int(port), min(int(port) + PORTS, 65536)))
        return
    for _ in range(PORTS):  # one that is free now can be gone a moment later
        yield f"{host}:{_any_free(host)}"


def _any_free(host: str) -> int:
    try:
        with socket.create_server((host, 0)) as probe:
            return int(probe.getsockname()[1])
    except OSError:
        return 0  # the SDK says what is wrong with the address
