"""`suqiu resident` and `suqiu keys`: personal data, its erasure, and the keys it is sealed with."""

from cli.help import branch
from cli.residents import erasure_requests, keys, resident

RESIDENT = branch(
    "resident",
    (
        erasure_requests.ask_erasure,
        "ask-erasure",
        None,
        "suqiu resident ask-erasure SQ-8F2K-M3QT-9WVB-0C4E7 --code-from code.txt",
    ),
    (erasure_requests.erasures, "erasures", None, "suqiu resident erasures"),
    (
        resident.erase,
        "erase",
        None,
        "suqiu resident erase SQ-8F2K-M3QT-9WVB-0C4E7 --reason not_needed --by window-1 --approved-by leader-1",
    ),
    (
        resident.approve_erasure,
        "approve-erasure",
        None,
        "suqiu resident approve-erasure SQ-8F2K-M3QT-9WVB-0C4E7 --by leader-1",
    ),
    (resident.erasure, "erasure", None, "suqiu resident erasure SQ-8F2K-M3QT-9WVB-0C4E7"),
    (
        resident.link,
        "link",
        None,
        "suqiu resident link SQ-8F2K-M3QT-9WVB-0C4E7 SQ-0123-4567-89AB-CDEFG --by window-1 --seen id_card",
    ),
    (resident.retention, "retention", None, "suqiu resident retention --dry-run"),
)
KEYS = branch(
    "keys",
    (keys.rotate_master, "rotate-master", None, "suqiu keys rotate-master --new /mnt/safe/master.key"),
    (keys.make_log, "make-log", None, "suqiu keys make-log /etc/suqiu/log.key"),
    (keys.backup, "backup", None, "suqiu keys backup /mnt/safe/keys.jsonl"),
    (keys.restore, "restore", None, "suqiu keys restore /mnt/safe/keys.jsonl"),
)
