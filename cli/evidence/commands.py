"""`suqiu audit` and `suqiu export`: the record, and whether it holds; the log for auditors."""

from cli.evidence import audit, audit_cosign, audit_deadline, audit_vouch, dossier, note_times, put_back, traces
from cli.help import branch

EXPORT = branch(
    "export",
    (traces.ocel, "ocel", None, "suqiu export ocel petitions.json --from 2026-01-01 --to 2026-03-31"),
    (traces.xes, "xes", None, "suqiu export xes legal.xes --category legal"),
    (traces.table, "csv", None, "suqiu export csv events.csv"),
    (traces.parquet, "parquet", None, "suqiu export parquet events.parquet"),
)
AUDIT = branch(
    "audit",
    (audit.verify, "verify", None, "suqiu audit verify\nsuqiu audit verify --checkpoint seen-elsewhere.txt"),
    (audit.checkpoint, "checkpoint", None, "suqiu audit checkpoint"),
    (audit.consistency, "consistency", None, "suqiu audit consistency --from 0 > for-the-witness.txt"),
    (
        audit.witness,
        "witness",
        None,
        "suqiu audit witness --log log.pub --state witness.json --checkpoint for-the-witness.txt",
    ),
    (audit.key, "key", None, "suqiu audit key"),
    (put_back.missing, "missing", None, "suqiu audit missing"),
    (put_back.accept_loss, "accept-loss", None, "suqiu audit accept-loss --by leader-1 --reason disk_lost"),
    (audit_cosign.cosign, "cosign", None, "suqiu audit cosign from-the-witness.txt"),
    (audit_vouch.vouch, "vouch", None, "suqiu audit vouch --log log.pub"),
    (note_times.note_times, "note-times", None, "suqiu audit note-times --by leader-1 --reason clock_set_wrong"),
    (
        dossier.dossier,
        "dossier",
        None,
        (
            "suqiu audit dossier SQ-8F2K-M3QT-9WVB-0C4E7 -o dossier.zip --by leader-1\n"
            "suqiu audit dossier SQ-8F2K-M3QT-9WVB-0C4E7 -o dossier.zip --for court --by leader-1 --reason @reason.txt"
        ),
    ),
    (audit_deadline.deadline, "deadline", None, "suqiu audit deadline SQ-8F2K-M3QT-9WVB-0C4E7 --clock tier"),
)
