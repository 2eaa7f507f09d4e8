"""`suqiu audit cosign`: what a witness countersigned comes back, and is kept beside the checkpoint."""

from datetime import timedelta
from pathlib import Path

from cli.doors import opened
from cli.evidence.audit import text_of, verifier_of_log
from cli.failures import WrongUse
from cli.options import COMMON, Common
from cli.screen import OUT, emit, remark


def cosign(file: Path, /, *, common: Common = COMMON) -> int:
    """Keep the cosignatures of a witness beside the checkpoints they are over, and append them to the checkpoint file.

    Only those of witnesses known here: SUQIU_WITNESS_KEYS, or keys/witnesses.txt in the data folder, a public key a
    line. All of a file or none: a wrong one is named. Giving a file back twice keeps it once.

    Parameters
    ----------
    file
        What `suqiu audit witness` printed, one note or many; `-`: stdin.
    """
    from eventstore.clock_guard import span
    from evidence.checkpoint_file import notes_in
    from evidence.cosigning import FILE, keep, witnesses
    from evidence.log_key import checkpoint_file
    from office.connection import database_of

    settings = common.settings()
    log, known, kept_in = verifier_of_log(settings, None), witnesses(settings), checkpoint_file(settings)
    if log is None:
        raise WrongUse("no log key: give the data folder that has it with --data, or set SUQIU_LOG_KEY")
    if not known:
        raise WrongUse(f"no witness is known: put its public key into {FILE} of the data folder, or SUQIU_WITNESS_KEYS")
    try:
        notes = notes_in(text_of(file))
    except UnicodeDecodeError:
        raise WrongUse(f"{file}: is no text") from None
    if not notes:
        raise WrongUse(f"{file}: expected what `suqiu audit witness` printed; no signed note is in it")
    with opened(common) as ours:
        kept = keep(database_of(settings), log, known, notes, ours.now(), kept_in)
    if common.json:
        rows = [
            {
                "size": each.size,
                "witness": str(each.witness),
                "at": each.at.isoformat(),
                "new": each.new,
                "signed_at": each.signed_at.isoformat(),
            }
            for each in kept
        ]
        emit({"kept": rows, "file": str(kept_in) if kept_in else None})
        return 0
    for each in kept:
        stood = "" if each.new else " (已有 stood already)"
        seen = f"{each.at:%Y-%m-%dT%H:%M:%SZ}"
        late = max(each.at - each.signed_at, timedelta())
        said = f"✓ {each.size} events · {each.witness.name} · 见证 seen {seen}{stood}"
        OUT.print(f"{said} · 签署后 {span(late)} after it was signed", markup=False, soft_wrap=True)
    if kept_in is not None and any(each.new for each in kept):
        remark(f"appended to {kept_in}")
    return 0
