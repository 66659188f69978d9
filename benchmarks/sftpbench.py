"""Files through the agent and with OpenSSH's own sftp, against one server."""

import collections
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

PIECE = 1 << 18


class DelayedWay:
    """A port whose connections reach another one with every byte late by so much, each way: half of it."""

    def __init__(self, port, seconds):
        self.far, self.delay = port, seconds / 2
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.far))
            for link in (near, far):
                link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for one, other in ((near, far), (far, near)):
                under_way, news = collections.deque(), threading.Condition()
                threading.Thread(target=self.take, args=(one, under_way, news), daemon=True).start()
                threading.Thread(target=self.give, args=(other, under_way, news), daemon=True).start()

    def take(self, link, under_way, news):
        while True:
            try:
                piece = link.recv(PIECE)
            except OSError:
                piece = b""
            with news:
                under_way.append((time.monotonic() + self.delay, piece))
                news.notify()
            if not piece:
                return

    @staticmethod
    def give(link, under_way, news):
        while True:
            with news:
                news.wait_for(lambda: under_way)
                due, piece = under_way.popleft()
            time.sleep(max(0, due - time.monotonic()))
            try:
                if not piece:
                    link.shutdown(socket.SHUT_WR)
                    return
                link.sendall(piece)
            except OSError:
                return


class Agent:
    """The agent's files of one session, over HTTPS as curl speaks it."""

    def __init__(self, agent, session):
        self.agent, self.base = agent, f"/api/sftp/{session}"
        agent.call("POST", f"{self.base}/connect", {})

    def curl(self, *words):
        done = subprocess.run(["curl", "-sS", "--fail", "--http1.1", "--cacert", self.agent.certificate_file, "-H",
                               f"Authorization: Bearer {self.agent.token}", *words], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"bench: {done.stderr}")

    def url(self, what, path):
        return f"https://127.0.0.1:{self.agent.port}{self.base}/{what}?path={urllib.parse.quote(path)}"

    def get(self, far, near):
        self.curl("-o", near, self.url("download", far))

    def put(self, near, far):
        self.curl("-X", "POST", "-H", "Content-Type: application/octet-stream", "-H", "Expect:", "-T", near,
                  self.url("upload", far))

    def close(self):
        self.agent.call("POST", f"{self.base}/disconnect")


class OpenSsh:
    """sftp, logged in before the clock runs."""

    def __init__(self, sshd, port):
        words = sshd.ssh_command()
        options = words[words.index("-q"):-1]
        options[options.index("-p") + 1] = str(port)
        options[options.index("-p")] = "-P"
        self.process = subprocess.Popen(["sftp", "-b", "-", *options, words[-1]], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.ask("pwd")

    def ask(self, *commands):
        self.process.stdin.write("".join(f"{command}\n" for command in commands))
        self.process.stdin.flush()
        while "Remote working directory" not in (line := self.process.stdout.readline()):
            if not line:
                sys.exit("bench: sftp has ended")

    def get(self, far, near):
        self.ask(f"get {far} {near}", "pwd")

    def put(self, near, far):
        self.ask(f"put {near} {far}", "pwd")

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


def same(one, other):
    return subprocess.run(["cmp", "-s", one, other]).returncode == 0


def run(bench, agent, sshd, session):
    size = 200_000_000 if bench.quick else 1_000_000_000
    # In memory, so that no disk is measured.
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
        far, near = os.path.join(folder, "far"), os.path.join(folder, "near")
        back = os.path.join(folder, "back")
        with open(far, "wb") as file:
            for _ in range(size // PIECE):
                file.write(os.urandom(PIECE))
        for delay in (0, 0.05, 0.2):
            name = f", {delay * 1000:.0f} ms of delay" if delay else ""
            runs, share = (3, 1) if not delay else (1, 5)
            if share > 1:
                os.truncate(far, size // share)
            with contextlib.closing(DelayedWay(sshd.port, delay)) as way:
                port = way.port if delay else sshd.port
                made = agent.call("POST", "/api/sessions", {"name": f"sftp{delay}", "host": "127.0.0.1", "port": port,
                                                            "profile_id": session["profile_id"]})
                with contextlib.closing(Agent(agent, made["id"])) as ours, contextlib.closing(OpenSsh(sshd, port)) as peer:
                    before = agent.rss_mb()
                    agent.reset_peak()
                    best = {}
                    for _ in range(runs):
                        for who in (ours, peer):
                            for what, source, target in (("get", far, near), ("put", near, back)):
                                begin = time.perf_counter()
                                getattr(who, what)(source, target)
                                speed = os.path.getsize(far) / (time.perf_counter() - begin) / 1e6
                                if not same(source, target):
                                    sys.exit(f"bench: {what} changed the file")
                                best[what, who] = max(speed, best.get((what, who), 0))
                                os.remove(target) if what == "put" else None
                            os.remove(near)
                    goal = ">= 0.9" if delay else ">= 1.0"
                    for what in ("get", "put"):
                        bench.table.compare(f"SFTP {what}, {os.path.getsize(far) // 1_000_000} MB{name}", best[what, ours],
                                            best[what, peer], "MB/s", goal)
                    bench.table.add(f"SFTP memory growth{name}", f"{agent.peak_mb() - before:.1f} MB", goal="< 20 MB")
