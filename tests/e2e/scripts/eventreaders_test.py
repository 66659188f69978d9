#!/usr/bin/env python3
"""The two readers of the Terminal for the output of scripts, fed by the built agent (contract 04 sections 3.3, 5.4 and 7.9).

Each is as particular as the contract says it is. One network read is one TLS record here, the least that a client gets."""

import json
import pathlib
import socket
import tempfile
import time
import unittest

from agentprocess import PATIENCE, Agent

# Indented, empty, long, overwritten and foreign bytes; a burst, whose events share records.
SOURCE = r"""
import os, time
os.write(1, b'    indented\n\n' + b'x' * 20000 + b'\n1%\r2%\r3%\r\nbad \xff byte\n' + '\u00fc\u6f22'.encode() + b'\n')
time.sleep(0.3)
os.write(1, b''.join(b'line %d of a burst\n' % number for number in range(2000)))
time.sleep(0.3)
os.write(2, b'warning\n')
raise SystemExit(3)
"""
STDOUT = ["    indented", "", "x" * 20000, "1%", "2%", "3%", "bad \ufffd byte", "\u00fc\u6f22"]
STDOUT += [f"line {number} of a burst" for number in range(2000)]


class ScriptReader:
    """Of /scripts/:id/stream: keeps what is no whole line yet, trims nothing, and has forgotten the event's name after the
    first data line."""

    def __init__(self):
        self.rest, self.name, self.events = b"", None, []

    def read(self, piece):
        *lines, self.rest = (self.rest + piece).split(b"\n")
        for line in lines:
            if line.startswith(b"event:"):
                self.name = line[6:].strip().decode()
            elif line.startswith(b"data:"):
                self.events.append((self.name, line[5:].decode()))
                self.name = None


class WorkspaceReader:
    """Of /local/run-python: wants a blank behind each colon, and an event's two lines next to each other in one read."""

    def __init__(self):
        self.events = []

    def read(self, piece):
        lines = piece.split(b"\n")
        for line, following in zip(lines, lines[1:]):
            if line.startswith(b"event: ") and following.startswith(b"data: "):
                self.events.append((line[7:].decode(), following[6:].decode()))


class ChunkedBody:
    """Takes the chunks apart without waiting for the rest of one, as a browser does."""

    def __init__(self):
        self.head, self.left = b"", 0

    def content(self, record):
        content = b""
        while record:
            if self.left > 0:
                piece, record = record[:self.left], record[self.left:]
                self.left -= len(piece)
                content += piece
                continue
            self.head, record = self.head + record[:1], record[1:]
            if self.head.endswith(b"\r\n") and self.head.strip():
                self.left, self.head = int(self.head, 16), b""
        return content


class EventReaders(unittest.TestCase):
    def read(self, agent, path, body, reader):
        """@return how long it took, in ms"""
        body = json.dumps(body).encode()
        begin = time.monotonic()
        with socket.create_connection(("127.0.0.1", agent.port), PATIENCE) as raw:
            with agent.trust.wrap_socket(raw, server_hostname="127.0.0.1") as link:
                link.sendall(f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{agent.port}\r\nAuthorization: Bearer {agent.token}\r\n"
                             f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
                             .encode() + body)
                head = b""
                while b"\r\n\r\n" not in head:
                    head += link.recv(65536)
                head, _, record = head.partition(b"\r\n\r\n")
                self.assertIn(b"200", head.splitlines()[0])
                body = ChunkedBody()
                while record:
                    reader.read(body.content(record))
                    record = link.recv(65536)
        return (time.monotonic() - begin) * 1000

    def assert_shown(self, events, stdout, milliseconds):
        self.assertEqual([data for name, data in events if name == "stderr"], ["warning"])
        self.assertEqual([data for name, data in events if name == "stdout"], stdout)
        self.assertLessEqual({name for name, _ in events}, {"status", "stdout", "stderr", "complete"})
        name, data = events[-1]
        self.assertEqual((name, [name for name, _ in events].count("complete")), ("complete", 1))
        outcome = json.loads(data)
        self.assertEqual(outcome["exit_code"], 3)
        self.assertGreaterEqual(outcome["duration_ms"], 600)
        self.assertLessEqual(outcome["duration_ms"], milliseconds)

    def test_both_show_each_line_once_and_as_it_is(self):
        with tempfile.TemporaryDirectory() as home, Agent(home) as agent:
            script = agent.post("/api/scripts", {"name": "s", "content": SOURCE})
            reader = ScriptReader()
            took = self.read(agent, f"/api/scripts/{script['id']}/stream", {}, reader)
            self.assert_shown(reader.events, STDOUT, took)

            file = pathlib.Path(home, "task.py")
            file.write_text(SOURCE)
            reader = WorkspaceReader()
            took = self.read(agent, "/api/local/run-python", {"path": str(file)}, reader)
            # Its long lines come in pieces, each an event of its own.
            shown = [data for name, data in reader.events if name == "stdout" and set(data) == {"x"}]
            self.assertEqual("".join(shown), "x" * 20000)
            first = reader.events.index(("stdout", shown[0]))
            events = reader.events[:first] + [("stdout", "x" * 20000)] + reader.events[first + len(shown):]
            self.assert_shown(events, STDOUT, took)


unittest.main()
