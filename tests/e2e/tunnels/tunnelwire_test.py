#!/usr/bin/env python3
"""Tunnels of the built agent through a real sshd to a real web server, used by curl (contract 04 sections 2 and 7.5 to 7.7)."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
import time
import unittest
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import sshdserver
from agentprocess import PATIENCE, Agent
from sshdserver import free_port


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class TunnelWire(unittest.TestCase):
    def setUp(self):
        if not sshdserver.is_installed() or not shutil.which("curl"):
            self.skipTest("sshd or curl is not installed")
        for name in ("home", "keys", "pages"):
            folder = tempfile.TemporaryDirectory()
            self.addCleanup(folder.cleanup)
            setattr(self, name, folder.name)
        self.payload = os.urandom(3_000_000)
        pathlib.Path(self.pages, "a page").write_bytes(self.payload)
        self.web = ThreadingHTTPServer(("127.0.0.1", 0), lambda *words: Quiet(*words, directory=self.pages))
        threading.Thread(target=self.web.serve_forever).start()
        self.addCleanup(self.web.server_close)
        self.addCleanup(self.web.shutdown)
        self.sshd = sshdserver.SshdServer(self.keys)
        self.addCleanup(self.sshd.kill)
        self.agent = Agent(self.home)
        self.addCleanup(self.agent.stop)
        self.agent.start()
        self.profile = self.agent.post("/api/profiles", {"name": "p", "username": self.sshd.user, "auth_type": "key",
                                                         "key_path": self.sshd.key()})["id"]

    def start(self, kind, local_port, remote_port=None, remote_host=None, **more):
        made = self.agent.post("/api/tunnels", {"name": kind, "host": "127.0.0.1", "port": self.sshd.port,
                                                "profile_id": self.profile, "forward_type": kind,
                                                "local_port": local_port, "remote_host": remote_host,
                                                "remote_port": remote_port} | more)
        self.agent.post(f"/api/tunnels/{made['id']}/start")
        return made["id"]

    def state(self, tunnel):
        return next(row for row in self.agent.get("/api/tunnels/status") if row["id"] == tunnel)

    def wait_for(self, tunnel, **wanted):
        deadline = time.monotonic() + PATIENCE
        while (state := self.state(tunnel)) | wanted != state:
            self.assertLess(time.monotonic(), deadline, state)
            time.sleep(0.02)
        return state

    def curl(self, port, *words):
        """Fetches the page, which must be right. @return how many bytes curl has sent and got over its connection"""
        page = pathlib.Path(self.home, "got")
        done = subprocess.run(["curl", "-q", "-sS", "--fail", "--noproxy", "", "--max-time", str(PATIENCE), "-o", page, "-w",
                               "%{size_request} %{size_header} %{size_download}", *words,
                               f"http://localhost:{port}/a%20page"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(page.read_bytes(), self.payload)
        request, head, body = map(int, done.stdout.split())
        return request, head + body

    def logins(self):
        children = pathlib.Path(f"/proc/{self.sshd.process.pid}/task/{self.sshd.process.pid}/children").read_text()
        return len(children.split())

    def test_curl_gets_the_same_page_through_each_kind(self):
        near, socks, far = free_port(), free_port(), free_port()
        web = self.web.server_port
        local = self.start("local", near, web, "127.0.0.1")
        dynamic = self.start("dynamic", socks)
        remote = self.start("remote", web, far)
        self.assertEqual(self.logins(), 1, "one connection for all that lead to the same place")
        tries = {local: (near,), dynamic: (web, "--socks5-hostname", f"127.0.0.1:{socks}"), remote: (far,)}
        for tunnel, words in tries.items():
            sent, got = self.curl(*words)
            if tunnel == remote:  # its clients are on the other side
                sent, got = got, sent
            self.wait_for(tunnel, status="connected", bytes_tx=sent, bytes_rx=got)

    def test_a_killed_server_brings_the_tunnel_back_by_its_back_off_on_the_same_port(self):
        port = free_port()
        tunnel = self.start("local", port, self.web.server_port, "127.0.0.1", max_retries=0)
        self.curl(port)
        begin = time.monotonic()
        self.sshd.kill()
        counts = []
        while not counts or counts[-1] < 3:
            state = self.state(tunnel)
            if state["status"] == "reconnecting" and state["retry_count"] not in counts:
                counts.append(state["retry_count"])
                self.assertTrue(state["last_error"])
            self.assertIn(state["status"], ("connected", "reconnecting"))
            self.assertLess(time.monotonic() - begin, PATIENCE)
            time.sleep(0.02)
        self.assertEqual(counts, sorted(counts))
        # 1 s before the first attempt, 2 s before the second; the third is 4 s away. A coarse timer may be 5 % early.
        self.assertGreaterEqual(time.monotonic() - begin, 3 * 0.94)
        self.sshd.resume()
        self.wait_for(tunnel, status="connected", retry_count=0, last_error=None)
        self.assertGreaterEqual(time.monotonic() - begin, 7 * 0.94)
        self.curl(port)


unittest.main()
