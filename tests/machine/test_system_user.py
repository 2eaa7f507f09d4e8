"""The users that servers run as where we are root."""

import pwd
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from machine import system_users
from machine.postgres_binaries import SYSTEM_USER, system_user

AT_ONCE = 4


class Accounts:
    """A machine's accounts, as programs that read, wait and write back keep them."""

    def __init__(self) -> None:
        self.users: dict[str, int] = {}
        self.made = 0
        self._together = threading.Barrier(AT_ONCE)
        self._asked: set[int] = set()

    def find(self, name: str) -> pwd.struct_passwd:
        found = self.users.get(name)
        if threading.get_ident() not in self._asked:
            self._asked.add(threading.get_ident())
            self._together.wait(10)  # nobody knows it when all ask first
        if found is None:
            raise KeyError(name)
        return pwd.struct_passwd((name, "x", found, found, "", "/", "/usr/sbin/nologin"))

    def add(self, *_: Any, **__: Any) -> None:
        before = dict(self.users)
        time.sleep(0.05)
        self.made += 1
        self.users = {**before, SYSTEM_USER: 999 - self.made}


@pytest.fixture
def accounts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Accounts:
    made = Accounts()
    (tmp_path / "passwd").touch()
    monkeypatch.setattr(system_users, "ACCOUNTS", tmp_path / "passwd")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(pwd, "getpwnam", made.find)
    monkeypatch.setattr(subprocess, "run", made.add)
    return made


def test_first_starts_at_the_same_time_make_one_user(accounts: Accounts) -> None:
    with ThreadPoolExecutor(AT_ONCE) as starts:
        users = list(starts.map(lambda _: system_user(), range(AT_ONCE)))
    assert accounts.made == 1
    assert {user.pw_uid for user in users if user} == {accounts.users[SYSTEM_USER]}
