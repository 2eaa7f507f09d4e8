"""The keys: what residents' data is sealed with, and whether the key that wraps them is to be replaced."""

from collections.abc import Iterator
from typing import Any

import psycopg

from eventstore.master_key_age import master_key_age
from machine.diagnosis.check import Check
from machine.diagnosis.looking import Site
from office.keys.master_key import master_key, master_key_file
from office.keys.master_key_due import due
from office.settings import Settings, SettingsError
from projections.erasures import keys_destroyed


def check_master_key(settings: Settings) -> Check:
    """The master key exists, or the first `up` will create it."""
    remedy = "put the key back, or set SUQIU_MASTER_KEY; a new one opens nothing that is sealed"
    file = master_key_file(settings.data)
    try:
        found = master_key(settings)
    except SettingsError as error:
        return Check("master key", False, str(error), remedy)
    if found is not None:
        return Check("master key", True, "is there")
    if settings.database_url is None and not (settings.data / "postgres").exists():
        return Check("master key", True, f"the first `suqiu up` makes {file}")
    return Check("master key", False, f"neither SUQIU_MASTER_KEY nor {file} is there", remedy)


def look_at_master_key_age(connection: psycopg.Connection[Any], _: Site) -> Iterator[Check]:
    """The master key was replaced within its time after an erasure, and within its year."""
    name = "master key age"
    age = master_key_age(connection)
    if age.since is None:
        yield Check(name, True, "nothing but a story is sealed yet")
        return
    next_time = due(age.since, keys_destroyed(connection, age.as_of or 0))
    since = "in use since" if age.as_of is not None else "no replacement on record since"
    waits = f"; {next_time.erased} erased keys could still be opened with it" if next_time.erased else ""
    says = f"{since} {age.since:%Y-%m-%d}, to be replaced by {next_time.by:%Y-%m-%d}{waits}"
    remedy = "`suqiu keys rotate-master --new FILE`, start the parts again with it, destroy every copy of the old one"
    yield Check(name, age.now <= next_time.by, says, remedy if age.now > next_time.by else "")
