"""Links between the parts and the servers, in a process of their own: each a port on 127.0.0.1 that can be troubled.

    python -m tests.faults.proxy '{"worker-1 database": "/run/.s.PGSQL.5432", "worker-1 engine": "127.0.0.1:7233"}'

says the ports as JSON, then takes lines `{"links": […], "mode": "delay", "seconds": 0.3}`. Modes: `pass`; `delay`, each
chunk by so many seconds; `drop`, what is sent is lost and nobody is told; `cut`, connections end and new ones too.
"""

import asyncio
import json
import sys
from contextlib import suppress
from typing import Any

HOST = "127.0.0.1"
CHUNK = 65_536


class Link:
    """One port that leads to one server."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._mode = "pass"
        self._seconds = 0.0
        self._open: set[asyncio.StreamWriter] = set()
        self._holes: set[asyncio.StreamWriter] = set()
        """Connections on which something was lost: they can only end."""

    async def listen(self) -> int:
        """Listen; the port."""
        server = await asyncio.start_server(self._accept, HOST, 0)
        self._server = server
        return int(server.sockets[0].getsockname()[1])

    def trouble(self, mode: str, seconds: float) -> None:
        """Behave so from now on."""
        self._mode, self._seconds = mode, seconds
        ending = set(self._open) if mode == "cut" else set(self._holes) if mode == "pass" else set()
        for writer in ending:
            writer.transport.abort()
        if mode == "pass":
            self._holes.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._mode == "cut":
            writer.transport.abort()
            return
        try:
            if self._target.startswith("/"):
                there, onward = await asyncio.open_unix_connection(self._target)
            else:
                host, _, port = self._target.rpartition(":")
                there, onward = await asyncio.open_connection(host, int(port))
        except OSError:
            writer.transport.abort()
            return
        both = {writer, onward}
        self._open |= both
        try:
            ways = [asyncio.create_task(self._carry(reader, onward)), asyncio.create_task(self._carry(there, writer))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        finally:
            self._open -= both
            self._holes -= both
            for end in both:
                with suppress(OSError, RuntimeError):
                    end.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK):
                if self._mode == "drop":
                    self._holes.add(writer)
                    continue
                if self._mode == "delay":
                    await asyncio.sleep(self._seconds)
                writer.write(chunk)
                await writer.drain()


async def serve(targets: dict[str, str]) -> None:
    """Serve until the input ends."""
    links = {name: Link(target) for name, target in targets.items()}
    ports = {name: await link.listen() for name, link in links.items()}
    sys.stdout.write(json.dumps(ports) + "\n")
    sys.stdout.flush()
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        asked: dict[str, Any] = json.loads(line)
        for name in asked["links"]:
            links[name].trouble(asked["mode"], asked.get("seconds", 0.0))
        sys.stdout.write("ok\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve(json.loads(sys.argv[1])))
