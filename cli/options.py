"""Options every command has, and the settings they lead to."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

if TYPE_CHECKING:
    from office.settings import Settings


@Parameter(name="*")
@dataclass(frozen=True)
class Common:
    """What all commands take."""

    data: Annotated[Path | None, Parameter(help="Data folder (default $SUQIU_DATA, else .suqiu).")] = None
    json: Annotated[bool, Parameter(help="Answer in JSON, for programs.")] = False

    def settings(self) -> "Settings":
        """The environment's settings, with the folder given here first.

        Raises:
            SettingsError: a variable is wrong.
        """
        from office.settings import read_settings

        return read_settings(**({} if self.data is None else {"data": self.data}))


COMMON = Common()


@Parameter(name="*")
@dataclass(frozen=True)
class Paging:
    """What lists take."""

    limit: Annotated[int, Parameter(help="Rows to show, 1 to 1000 (default 50).")] = 50
    after: Annotated[str | None, Parameter(name="--after", help="Go on after this cursor (`next` of a list).")] = None


PAGING = Paging()
