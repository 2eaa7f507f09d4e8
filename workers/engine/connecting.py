"""Connecting to Temporal: which server, with which logs and metrics."""

import logging
from functools import cache

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

from office.connection import NotReachable
from workers.engine.temporal_profile import Profile

CORE = "temporalio.core"


async def connect(profile: Profile, runtime: Runtime | None = None) -> Client:
    """A client of the profile's server. `runtime`: that of the part's metrics endpoint; None: one without metrics.

    Raises:
        NotReachable: the server does not answer.
    """
    if profile.starts_beside is not None:
        raise NotReachable(
            f"the engine (Temporal) of `suqiu up` (pid {profile.starts_beside}) is still starting: what is submitted "
            "is taken in all the same; repeat this in a moment"
        )
    try:
        return await Client.connect(
            **profile.connect_options(),
            data_converter=pydantic_data_converter,
            runtime=runtime or temporal_runtime(),
        )
    except (RuntimeError, OSError) as error:
        raise NotReachable(f"Temporal at {profile.address} cannot be reached: {error}") from error


@cache
def temporal_runtime(metrics_address: str | None = None) -> Runtime:
    """Return this process's Temporal runtime, for `Client.connect`. Core's warnings become our log lines.

    With `metrics_address` (`host:port`) Prometheus can read the SDK's figures at `/metrics` there; a taken
    address raises ValueError.
    """
    return Runtime(
        telemetry=TelemetryConfig(
            logging=LoggingConfig(
                filter=TelemetryFilter(core_level="WARN", other_level="ERROR"),
                forwarding=LogForwardingConfig(
                    logger=logging.getLogger(CORE),
                    append_target_to_name=False,
                    prepend_target_on_message=False,
                ),
            ),
            metrics=PrometheusConfig(bind_address=metrics_address) if metrics_address else None,
        )
    )
