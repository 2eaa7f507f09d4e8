"""The state of a petition, folded from its events: its type (`petition`), and how each event changes it (`evolve`)."""

from aggregates.petition.state.evolve import evolve, fold
from aggregates.petition.state.petition import (
    CLOCK_RUNS,
    IN_REVIEW,
    OPEN,
    WAITING,
    ExtensionRequest,
    ParkingRequest,
    Petition,
    RunningClock,
    Stage,
    review_clock,
)

__all__ = [
    "CLOCK_RUNS",
    "IN_REVIEW",
    "OPEN",
    "WAITING",
    "ExtensionRequest",
    "ParkingRequest",
    "Petition",
    "RunningClock",
    "Stage",
    "evolve",
    "fold",
    "review_clock",
]
