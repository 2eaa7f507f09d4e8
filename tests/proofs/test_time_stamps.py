"""RFC 3161 on a server of our own: a stamp over each checkpoint, and none that is not the authority's is believed."""

import asyncio
import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg
import pytest
import structlog
from structlog.testing import capture_logs

from eventstore.log import EventLog
from eventstore.proofs import archive
from eventstore.recorder import Datastore
from evidence.auditing import verify
from evidence.notary import Notary, keep_signing
from evidence.time_stamps import BadStamp, NoStamp, TimeStamps, time_stamps
from office.settings import SettingsError, read_settings
from tests.proofs.conftest import MASTER, SIGNER, changed, grow, now

NOTE = "a note\n\n— somebody AAAA\n"
CONFIGURATION = """[tsa]
default_tsa = ours
[ours]
serial = ./serial
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
"""
SCRIPT = """set -e
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=ca \
  -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
openssl req -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj /CN=tsa
echo 'extendedKeyUsage=critical,timeStamping' > ext
echo 'keyUsage=critical,digitalSignature' >> ext
echo 'basicConstraints=CA:FALSE' >> ext
openssl x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile ext -out tsa.pem
echo 01 > serial
"""


class Authority:
    """A time stamping authority in a folder, behind a port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.away = False
        self.asked = 0
        (folder / "tsa.cnf").write_text(CONFIGURATION, "utf-8")
        subprocess.run(["sh", "-c", SCRIPT], cwd=folder, check=True, capture_output=True)
        authority = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers["Content-Length"]))
                authority.asked += 1
                if authority.away:
                    self.send_error(503)
                    return
                answer = authority.reply(query)
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def reply(self, query: bytes) -> bytes:
        (self.folder / "query").write_bytes(query)
        command = "openssl ts -reply -config tsa.cnf -queryfile query -out reply"
        subprocess.run(command.split(), cwd=self.folder, check=True, capture_output=True)
        return (self.folder / "reply").read_bytes()

    def stamps(self, root: Path | None = None) -> TimeStamps:
        settings = read_settings(timestamp_url=self.url, timestamp_ca=root or self.folder / "ca.pem")
        return time_stamps(settings)


@pytest.fixture
def authority(one_authority: Authority) -> Authority:
    """The authority, there and asked nothing yet."""
    one_authority.away, one_authority.asked = False, 0
    return one_authority


@pytest.fixture(scope="module")
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to be the authority")
    found = Authority(tmp_path_factory.mktemp("tsa"))
    yield found
    found.server.shutdown()
    found.server.server_close()


def test_a_stamp_is_over_the_note_and_the_authoritys(authority: Authority, tmp_path: Path) -> None:
    stamps = authority.stamps()
    token = stamps.ask(NOTE)
    assert stamps.check(NOTE, token).tzinfo is not None
    for note, forged in ((NOTE + "x", token), (NOTE, token[:-1]), (NOTE, b"x"), (NOTE, token[:-9] + bytes(9))):
        with pytest.raises(BadStamp):
            stamps.check(note, forged)
    with pytest.raises(BadStamp, match="over something else"):
        TimeStamps(None, None).check(NOTE + "x", token)
    stranger = Authority(tmp_path)
    with pytest.raises(BadStamp):
        stranger.stamps().check(NOTE, token)
    with pytest.raises(NoStamp):
        authority.stamps(tmp_path / "ca.pem").ask(NOTE)
    stranger.server.shutdown()
    stranger.server.server_close()


def test_a_checkpoint_is_stamped_and_a_stamp_of_another_is_found(authority: Authority, log_dsn: str) -> None:
    datastore = Datastore(log_dsn)
    event_log = EventLog(datastore, MASTER)
    stamps = authority.stamps()
    with changed(log_dsn):
        grow(event_log, 205)
        Notary(event_log, SIGNER, now, None, stamps).checkpoint()
        answer = verify(log_dsn, SIGNER.verifier, stamps=stamps)
        assert (answer.wrong, answer.checkpoints, answer.stamps) == (None, 4, 4), (
            "also those from before there was a server"
        )
        with psycopg.connect(log_dsn) as connection:
            connection.execute(
                "UPDATE suqiu.checkpoints SET stamp = (SELECT stamp FROM suqiu.checkpoints WHERE size = 205) "
                "WHERE size = 200"
            )
        wrong = verify(log_dsn, SIGNER.verifier, stamps=stamps).wrong
        assert wrong is not None
        assert "the time stamp of the checkpoint of 200 events" in wrong.what
    datastore.close()


def test_a_server_that_is_not_there_holds_nothing_up(log_dsn: str) -> None:
    datastore = Datastore(log_dsn)
    event_log = EventLog(datastore, MASTER)
    with changed(log_dsn):
        grow(event_log, 203)
        _, made = Notary(event_log, SIGNER, now, None, TimeStamps("http://127.0.0.1:9/", None)).checkpoint()
        assert made
        with psycopg.connect(log_dsn) as connection:
            newest = archive.newest(connection)
        assert newest is not None
        assert (newest.size, newest.stamp) == (203, None)
    datastore.close()


async def test_what_a_server_owes_is_asked_for_again_until_it_is_there(authority: Authority, log_dsn: str) -> None:
    datastore = Datastore(log_dsn)
    event_log = EventLog(datastore, MASTER)
    stamps = authority.stamps()
    structlog.reset_defaults()  # a command typed before has turned all but errors off
    notary = Notary(event_log, SIGNER, now, None, stamps)
    sizes = list(range(201, 209))
    with changed(log_dsn), capture_logs() as lines:
        authority.away = True
        for size in sizes:
            grow(event_log, size)
            assert notary.checkpoint()[1]
        assert notary.stamp() == 0
        assert authority.asked == len(sizes) + 1, "one question a turn while nobody answers"
        assert [line["event"] for line in lines] == ["checkpoint.not_stamped"], "said once, not each time"
        answer = verify(log_dsn, SIGNER.verifier, stamps=stamps)
        assert (answer.wrong, answer.checkpoints, answer.stamps) == (None, 11, 0)
        authority.away, authority.asked = False, 0
        ending = asyncio.Event()
        signing = asyncio.create_task(keep_signing(notary, event_log, ending, timedelta(seconds=0.05)))
        with psycopg.connect(log_dsn, autocommit=True) as connection:
            while True:
                rows = [(each.size, each.stamp is None) for each in archive.stored(connection)]
                left = [size for size, waits in rows if waits]
                if not left:
                    break
                assert left == [size for size, _ in rows][: len(left)], "the newest first: they cover the most"
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.3)
        ending.set()
        await signing
        assert authority.asked == 11, "what has its stamp is not asked for again"
        assert [line["event"] for line in lines] == ["checkpoint.not_stamped", "checkpoint.stamped_again"]
        answer = verify(log_dsn, SIGNER.verifier, stamps=stamps)
        assert (answer.wrong, answer.checkpoints, answer.stamps) == (None, 11, 11)
    datastore.close()


def test_a_turn_asks_for_a_few_stamps_only(authority: Authority, log_dsn: str) -> None:
    datastore = Datastore(log_dsn)
    event_log = EventLog(datastore, MASTER)
    without, notary = Notary(event_log, SIGNER, now), Notary(event_log, SIGNER, now, None, authority.stamps())
    with changed(log_dsn):
        for size in range(201, 210):
            grow(event_log, size)
            without.checkpoint()
        authority.asked = 0
        assert [notary.stamp() for _ in range(4)] == [5, 5, 2, 0]
        assert authority.asked == 12
    assert without.stamp() == 0
    datastore.close()


def test_settings_that_are_wrong_are_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="SUQIU_TIMESTAMP_URL: expected an http address"):
        time_stamps(read_settings(timestamp_url="file:///etc/passwd"))
    (tmp_path / "ca.pem").write_bytes(sha256(b"").digest())
    with pytest.raises(SettingsError, match="SUQIU_TIMESTAMP_CA"):
        time_stamps(read_settings(timestamp_ca=tmp_path / "ca.pem"))
