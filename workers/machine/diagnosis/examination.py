"""Everything a start needs, looked at one by one, in the order in which it is needed."""

import os

from workers.composition import database_of
from workers.machine.data_folder import read_run
from workers.machine.diagnosis.check import Check
from workers.machine.diagnosis.database import check_database
from workers.machine.diagnosis.engine import check_temporal
from workers.machine.diagnosis.folder import check_data_folder
from workers.machine.diagnosis.keys import check_master_key
from workers.machine.diagnosis.programs import check_postgres_programs, check_python, check_temporal_program
from workers.machine.diagnosis.role import check_role
from workers.machine.diagnosis.rules import check_rulebook, check_rules_in_force
from workers.settings import Settings, SettingsError, find_env_file, load_profile


async def diagnose(settings: Settings) -> list[Check]:
    """Return every check, in the order a start needs them."""
    run = read_run(settings.data)
    database = check_database(settings, run)
    checks = [
        check_python(),
        check_temporal_program(),
        check_postgres_programs(),
        *check_data_folder(settings.data, run),
        check_rulebook(settings.rulebook),
        check_master_key(settings),
        database,
    ]
    if database.ok and (run is not None or settings.database_url is not None):
        checks.append(check_role(database_of(settings)))
        if checks[-1].ok:
            checks.append(check_rules_in_force(settings))
    try:
        profile = load_profile(find_env_file(settings), settings.temporal_profile)
    except SettingsError as error:
        return [*checks, Check("temporal.yaml", False, str(error), "correct the file, or unset the variable")]
    checks.append(Check("temporal.yaml", True, f"profile {profile.name}: {profile.address}"))
    if run is not None:
        profile = profile.at(run.temporal, run.namespace)
    elsewhere = settings.database_url or profile.name != "local" or "TEMPORAL_ADDRESS" in os.environ
    return [*checks, *await check_temporal(profile, started_by_up=run is None and not elsewhere)]
