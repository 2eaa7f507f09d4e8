"""`suqiu audit vouch`: the log's key was lost, and another one takes over."""

from typing import Annotated

from cyclopts import Parameter

from cli.doors import opened
from cli.failures import WrongUse
from cli.options import COMMON, Common
from cli.progress import bar
from cli.screen import OUT, emit, remark


def vouch(
    *,
    log: Annotated[
        str | None, Parameter(help="The old public key, or a file with it: signatures are looked at.")
    ] = None,
    common: Common = COMMON,
) -> int:
    """日志密钥已换: let the log's new key sign the checkpoints that only the old one has signed.

    For when the log's private key was lost. The whole log is recomputed and held against every checkpoint first;
    nothing is signed over a log that differs. Old signatures stay. Until this was done nothing new is signed.

    Give the new public key (`suqiu audit key`) to auditors and witnesses, and say why there is another.
    """
    from evidence.log_key import log_signer, verifier_of
    from evidence.vouching import vouch as vouched
    from office.connection import database_of

    settings = common.settings()
    signer = log_signer(settings)
    if signer is None:
        raise WrongUse("no log key: make one with `suqiu keys make-log FILE`, and set SUQIU_LOG_KEY to what it holds")
    with opened(common) as ours, bar("事件 events", None) as move:
        old = None if log is None else verifier_of(log)
        count = vouched(database_of(settings), signer, old, ours.now(), move)
    if common.json:
        emit({"vouched": count, "key": str(signer.verifier)})
        return 0
    OUT.print(f"✓ {count} checkpoints are signed by the new key too", markup=False)
    remark(f"the new public key, for auditors and witnesses: {signer.verifier}")
    return 0
