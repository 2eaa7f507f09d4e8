"""The log is verified while the notary goes on signing."""

import psycopg
import pytest

from eventstore.proofs import archive
from evidence import auditing
from tests.proofs.conftest import SIGNER, changed


def test_a_checkpoint_made_while_the_checkpoints_are_read_is_no_trouble(
    log_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a notary that signs just between two questions, then the log verifies and nothing breaks."""
    with changed(log_dsn):
        times = archive.times

        def signed_meanwhile(connection: psycopg.Connection) -> dict[int, object]:  # type: ignore[type-arg]
            before = times(connection)
            with psycopg.connect(log_dsn) as other:
                other.execute(
                    "INSERT INTO suqiu.checkpoints (size, note, made_at) SELECT size - 1, note, made_at "
                    "FROM suqiu.checkpoints ORDER BY size DESC LIMIT 1"
                )
            return before  # type: ignore[return-value]

        monkeypatch.setattr(archive, "times", signed_meanwhile)
        assert auditing.verify(log_dsn, SIGNER.verifier).wrong is None
