"""The workers' deployment in Temporal: its current build, who polls, and the rulebook's schedules."""

from temporalio.client import Client

from machine.diagnosis.check import Check
from rulebook.model import Rulebook
from workers.engine.temporal_profile import WorkerSettings
from workers.vitals.deployment import deployed
from workers.vitals.rhythm import schedules

PROMOTE = "`suqiu worker --promote`"


async def look_at_workers(client: Client, settings: WorkerSettings) -> Check:
    """A current version is set, a worker of it polls, and it is this program's build."""
    name = "worker version"
    ours, current, polling = await deployed(client, settings.deployment_name, settings.task_queue)
    others = ", ".join(polling) or "none"
    if current is None:
        says = f"no build of deployment {settings.deployment_name} has the tasks; workers that ask: {others}"
        return Check(name, False, says, f"start `suqiu worker`, or {PROMOTE} beside those that run")
    if current not in polling:
        says = f"build {current} has the tasks and no worker of it asks for them; workers that ask: {others}"
        return Check(name, False, says, f"start a worker of that build, or let this one take over: {PROMOTE}")
    if current != ours:
        says = f"build {current} has the tasks; this program is {ours}"
        remedy = f"an upgrade ends with {PROMOTE}; else run the workers, or this command, from the same version"
        return Check(name, False, says, remedy)
    return Check(name, True, f"{current} has the tasks and asks for them")


async def look_at_schedules(client: Client, settings: WorkerSettings, book: Rulebook) -> Check:
    """Every schedule of the rulebook's rhythm exists and is not paused."""
    name = "schedules"
    wanted, missing, paused = await schedules(client, book, settings.task_queue)
    if missing:
        says = f"{len(missing)} of {len(wanted)} are not there: {', '.join(missing)}"
        return Check(name, False, says, "`suqiu schedules apply` makes them")
    if paused:
        remedy = f"`temporal schedule toggle --unpause --reason … --schedule-id {paused[0]}` when they are to run again"
        return Check(name, False, f"paused by somebody: {', '.join(paused)}", remedy)
    return Check(name, True, f"{len(wanted)} are there")
