#!/usr/bin/env python3
"""Files of any size through the built agent and a real sshd: none of them is ever held (contract 04 sections 1.2 and 7.2)."""

import hashlib
import os
import pathlib
import tempfile
import unittest
import urllib.parse

import sshdserver
from agentprocess import Agent

BORDER = 1 << 32
PIECE = 1 << 18
# What the agent's memory may grow by at any moment. A file that is held would cost the double at least; what a transfer
# has under way costs some megabytes, and ThreadSanitizer makes the fivefold of them.
MOST_GROWTH = 150_000_000


class LargeFiles(unittest.TestCase):
    def setUp(self):
        if not sshdserver.is_installed():
            self.skipTest("sshd is not installed")
        for name in ("home", "sshd", "device"):
            folder = tempfile.TemporaryDirectory()
            self.addCleanup(folder.cleanup)
            setattr(self, name, folder.name)
        sshd = sshdserver.SshdServer(self.sshd)
        self.addCleanup(sshd.close)
        self.agent = Agent(self.home)
        self.addCleanup(self.agent.stop)
        self.agent.start()
        profile = self.agent.post("/api/profiles", {"name": "p", "username": sshd.user, "auth_type": "key",
                                                    "key_path": sshd.key()})
        session = self.agent.post("/api/sessions", {"name": "s", "host": "127.0.0.1", "port": sshd.port,
                                                    "profile_id": profile["id"]})
        self.base = f"/api/sftp/{session['id']}"
        self.agent.post(f"{self.base}/connect", {})
        self.before = self.peak(reset=True)

    def peak(self, reset=False):
        """The most memory that the agent has had in RAM, since the last reset."""
        folder = pathlib.Path("/proc", str(self.agent.pid))
        if reset:
            (folder / "clear_refs").write_text("5")
        line = next(line for line in (folder / "status").read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024

    def assert_little_memory(self):
        self.assertLess(self.peak() - self.before, MOST_GROWTH)

    def at(self, name):
        return pathlib.Path(self.device, name)

    def route(self, what, path):
        return f"{self.base}/{what}?path={urllib.parse.quote(str(path))}"

    def names(self):
        return [entry["name"] for entry in self.agent.get(self.route("ls", self.device))["entries"]]

    def pieces(self, name):
        """What a download consists of, its Content-Length first. Nothing but the piece at hand is kept."""
        link = self.agent.connect()
        self.addCleanup(link.close)
        link.request("GET", self.route("download", self.at(name)), headers={"Authorization": f"Bearer {self.agent.token}"})
        answer = link.getresponse()
        self.assertEqual(answer.status, 200)
        yield int(answer.headers["Content-Length"])
        piece = bytearray(PIECE)
        while count := answer.readinto(piece):
            yield piece if count == PIECE else piece[:count]

    def test_a_file_beyond_four_gigabytes_is_read_to_its_very_end(self):
        size = BORDER + 3 * PIECE + 123_457  # the marks are in pieces of their own
        marks = {BORDER - 9: b"across the border", size - 12: b"the very end"}
        with open(self.at("sparse"), "wb") as file:
            file.truncate(size)
            for offset, mark in marks.items():
                file.seek(offset)
                file.write(mark)
        pieces = self.pieces("sparse")
        self.assertEqual(next(pieces), size)
        zeros, found, count = bytes(PIECE), {}, 0
        for piece in pieces:
            if piece != zeros[:len(piece)]:
                begin = count + len(piece) - len(piece.lstrip(b"\0"))
                whole = next((offset for offset, text in found.items() if offset + len(text) == begin), begin)
                found[whole] = found.get(whole, b"") + piece.strip(b"\0")
            count += len(piece)
        self.assertEqual(count, size)
        self.assertEqual(found, marks)
        self.assert_little_memory()

    def test_three_hundred_megabytes_go_there_and_back(self):
        size = 300_000_000
        pieces = -(-size // PIECE)
        sent = hashlib.sha256()
        link = self.agent.connect()
        self.addCleanup(link.close)
        link.putrequest("POST", self.route("upload", self.at("image")))
        for name, value in (("Authorization", f"Bearer {self.agent.token}"), ("Content-Length", size),
                            ("Content-Type", "application/octet-stream")):
            link.putheader(name, value)
        link.endheaders()
        for number in range(pieces):
            piece = os.urandom(min(PIECE, size - number * PIECE))
            sent.update(piece)
            link.send(piece)
            if number == pieces // 2:  # the panel goes on meanwhile, and sees no half file
                self.assertNotIn("image", self.names())
        answer = link.getresponse()
        self.assertEqual((answer.status, answer.read()), (201, b""))
        self.assertEqual(self.names(), ["image"])

        received, count = hashlib.sha256(), 0
        download = self.pieces("image")
        self.assertEqual(next(download), size)
        for piece in download:
            received.update(piece)
            if count < size // 2 <= count + len(piece):
                self.assertEqual(self.names(), ["image"])
            count += len(piece)
        self.assertEqual(count, size)
        self.assertEqual(received.digest(), sent.digest())
        self.assert_little_memory()


unittest.main()
