"""The keys: what residents' data is sealed with."""

from machine.diagnosis.check import Check
from office.keys.master_key import master_key, master_key_file
from office.settings import Settings, SettingsError


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
