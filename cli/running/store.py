"""`suqiu store …`: the tables of the log, made by their owner for the role the parts run as."""

from typing import Annotated

from cyclopts import Parameter

from cli.options import COMMON, Common
from cli.screen import OUT, emit, remark

Program = Annotated[str | None, Parameter(help="The database role the parts run as, such as suqiu_program.")]


def set_up(*, program: Program = None, common: Common = COMMON) -> int:
    """Make the tables, functions and indexes this version needs, and let a lesser role work with them.

    Run it as the tables' owner (SUQIU_DATABASE_URL), at the first start and at each upgrade, before parts of the new
    version are started; parts that run go on. It may be repeated. `deploy/postgres/roles.sql` makes both roles.

    With --program that role may add events and read them, and may change or delete none. A store whose parts run as
    the owner needs none of this: they set it up by themselves.
    """
    from machine.store_set_up import set_up_store

    done = set_up_store(common.settings(), program)
    if common.json:
        emit(done._asdict())
        return 0
    OUT.print(f"✓ {done.database}: tables of {done.owner} are ready", markup=False)
    if program is None:
        remark("without --program no other role may use them")
    else:
        OUT.print(f"✓ {program} may add events and read them, and change or delete none", markup=False)
    return 0
