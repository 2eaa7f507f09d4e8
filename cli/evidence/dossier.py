"""`suqiu audit dossier`: one file about a petition that proves itself, for a dispute."""

import os
import shlex
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from cli.doors import actor, opened, petition_of
from cli.evidence.audit import text_of
from cli.failures import FAILED, WrongUse
from cli.options import COMMON, Common
from cli.screen import OUT, emit, remark
from cli.words import Words

if TYPE_CHECKING:
    from evidence.dossiers.giving import Given, Look
    from rulebook.model import Rulebook

For = Literal["resident", "unit", "court", "auditor"]


def dossier(
    receipt: str,
    /,
    *,
    output: Annotated[Path, Parameter(name=("--output", "-o"))],
    for_: Annotated[For, Parameter(name="--for")] = "auditor",
    by: str,
    reason: str | None = None,
    size: int | None = None,
    seen: Path | None = None,
    common: Common = COMMON,
) -> int:
    """卷宗: write one file about a petition that proves itself; whoever gets it runs the `verify.py` in it.

    Events with proofs, checkpoints around each deadline, the rules in force, a report and the verifier. A checkpoint is
    made if none covers the petition yet. Who gave it out, for whom, and which file is on record. Sealed texts stay
    closed unless --reason opens them, which is a look that is recorded, too.

    Parameters
    ----------
    receipt
        The petition's receipt.
    output
        The file to write; one that is there is replaced.
    for_
        Who gets it: resident (their own words and what they were told), unit (not who asks; of what was said in
        confidence, or where a unit is complained about, nothing), court (all that can still be opened; by a leader or
        the committee only, and with --reason), auditor (nothing is opened). An officer gives none to a resident.
    by
        Who gives it out, and opens sealed texts: a staff id or name, of somebody who may read the petition.
    reason
        Why sealed texts are opened, as `-`, which asks or reads standard input, or `@FILE`: typed here, others on this
        machine see it. Kept sealed.
    size
        Make it at the checkpoint of so many events that is kept (default: the newest).
    seen
        Checkpoints that the reader has from elsewhere: shows that the dossier continues them.
    """
    from evidence.dossiers.giving import give_out, sizes_seen
    from evidence.dossiers.redaction import Reader
    from evidence.log_key import log_signer

    reason = Words(common).of({"reason": reason}).get("reason")
    settings = common.settings()
    signer = log_signer(settings)
    if signer is None:
        raise WrongUse("no log key: set SUQIU_LOG_KEY, or give the data folder that has the key with --data")
    sizes = sizes_seen(_text(seen)) if seen is not None else []
    _writable(output)
    with opened(common) as ours:
        look = _look(by, reason, for_, ours.rules)
        petition = petition_of(ours, receipt, look.by)
        given = give_out(ours, signer, petition, Reader(for_), look, size, sizes)
    _write(output, given.made.content)
    if common.json:
        emit(_facts(given, output, receipt, for_))
    else:
        _say(given, output)
    return 0 if given.wrong is None else FAILED


def _look(by: str, reason: str | None, for_: For, rules: "Rulebook") -> "Look":
    from evidence.dossiers.giving import Look

    if reason is not None and for_ == "auditor":
        raise WrongUse("--for auditor: nothing is opened for auditors; leave out --reason, or say who gets it")
    if reason is not None and not reason.strip():
        raise WrongUse("--reason: expected why sealed texts are opened; leave it out where none is")
    return Look(actor(by, rules), reason)


def _facts(given: "Given", output: Path, receipt: str, for_: For) -> dict[str, object]:
    made, wrong = given.made, given.wrong
    return {
        "file": str(output),
        "sha256": sha256(made.content).hexdigest(),
        "bytes": len(made.content),
        "receipt": receipt,
        "for": for_,
        "events": made.events,
        "texts": {"opened": made.opened, "erased": made.erased, "sealed": made.sealed, "no_key": made.no_key},
        "checkpoint": {"size": made.checkpoint.size, "at": made.checkpoint.at.isoformat(), "made": given.signed},
        "verified": wrong is None,
        "wrong": wrong.said._asdict() if wrong else None,
    }


def _say(given: "Given", output: Path) -> None:
    made = given.made
    if given.signed:
        remark(f"新签检查点 a checkpoint was made for it: {made.checkpoint.size} events")
    OUT.print(
        f"✓ 卷宗 dossier: {output} · {made.events} 事件 events · 开启 opened {made.opened} · "
        f"删除 erased {made.erased} · 密封 sealed {made.sealed}",
        markup=False,
        soft_wrap=True,
    )
    if made.no_key:
        remark(f"无密钥 {made.no_key} texts should be opened and no key for them is here; no erasure is on record")
    OUT.print(f"sha256 {sha256(made.content).hexdigest()}", style="dim", soft_wrap=True)
    if given.wrong is not None:
        OUT.print(f"✗ 核验不通过 it does not verify: {given.wrong}", markup=False, soft_wrap=True)
        return
    if given.verified is not None:
        for found in given.verified.findings:
            said = found.sentences[0]
            OUT.print(f"  {said.zh} {said.en}", markup=False, soft_wrap=True)
    file = shlex.quote(output.name)
    remark(f"核验 whoever gets it: unzip {file} verify.py; pip install cryptography; python verify.py {file}")
    remark('公钥须另行告知 and with the log key, which reaches them by another way: --key "$(suqiu audit key)"')


def _writable(output: Path) -> None:
    """Known before a look is recorded for it.

    Raises:
        WrongUse: there is no such folder, or something else than a file is there.
    """
    if not output.parent.is_dir() or (output.exists() and not output.is_file()):
        raise WrongUse(f"--output {output}: expected a file in a folder that is there")
    if not os.access(output.parent, os.W_OK):
        raise WrongUse(f"--output {output}: its folder cannot be written")


def _write(output: Path, content: bytes) -> None:
    """The whole file or none; for its owner only, as it may hold personal data."""
    number, draft = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(output)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _text(file: Path) -> str:
    try:
        return text_of(file)
    except UnicodeDecodeError:
        raise WrongUse(f"--seen {file}: is no text") from None
