"""Asks Temporal's service one question over gRPC, without a client: whether it answers, from any thread, at no cost.

A client of the SDK keeps connections and threads of its own, which a server that hangs would hold.
"""

import socket
import struct
import time

from machine.ports import HOST

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _SETTINGS = 0, 1, 4
_END_STREAM, _END_HEADERS = 0x1, 0x4
_PATH = b"/temporal.api.workflowservice.v1.WorkflowService/GetClusterInfo"
_HEADER = struct.Struct("!BHBBI")  # of a frame: length (8 and 16 bits), kind, flags, stream


def answers(port: int, within: float) -> bool:
    """Whether the service behind a port of this machine answers within so many seconds. An error is an answer."""
    deadline = time.monotonic() + within
    try:
        with socket.create_connection((HOST, port), timeout=within) as asking:
            asking.sendall(_question())
            while (left := deadline - time.monotonic()) > 0:
                asking.settimeout(left)
                high, low, kind, _, stream = _HEADER.unpack(_exactly(asking, _HEADER.size))
                _exactly(asking, high << 16 | low)
                if (kind, stream) == (_HEADERS, 1):
                    return True
    except OSError:
        pass
    return False


def _question() -> bytes:
    # HPACK (RFC 7541): indexed `:method POST` and `:scheme http`, then literals that are kept in no table.
    headers = b"\x83\x86" + b"\x04" + _text(_PATH) + b"\x01" + _text(HOST.encode())
    headers += b"\x0f\x10" + _text(b"application/grpc") + b"\x00" + _text(b"te") + _text(b"trailers")
    nothing = bytes(5)  # a gRPC message of no bytes
    return (
        _PREFACE
        + _frame(_SETTINGS, 0, 0, b"")
        + _frame(_HEADERS, _END_HEADERS, 1, headers)
        + _frame(_DATA, _END_STREAM, 1, nothing)
    )


def _text(text: bytes) -> bytes:
    return bytes([len(text)]) + text


def _frame(kind: int, flags: int, stream: int, content: bytes) -> bytes:
    return _HEADER.pack(len(content) >> 16, len(content) & 0xFFFF, kind, flags, stream) + content


def _exactly(asking: socket.socket, size: int) -> bytes:
    read = b""
    while len(read) < size:
        if not (more := asking.recv(size - len(read))):
            raise ConnectionError("it hung up")
        read += more
    return read
