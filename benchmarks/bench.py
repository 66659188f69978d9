#!/usr/bin/env python3
"""Measures the built agent beside its peers and prints one table. Called by scripts/bench."""

import argparse
import contextlib
import json
import os
import pathlib
import platform
import random
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "tests/support/python"))
import agentprocess  # noqa: E402
import sftpbench  # noqa: E402
import sshdserver  # noqa: E402

PASSWORD = "a benchmark's vault password"
LINE = "0123456789 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789"


class Agent(agentprocess.Agent):
    """The agent of a build, with what bench-client and /proc say about it."""

    def __init__(self, build, home):
        super().__init__(home, build / "netstacks-agent")
        self.build = build
        self.start()
        self.certificate_file = self.home / "bench.crt"
        self.certificate_file.write_text(self.certificate)

    def client(self, *words, **more):
        environment = os.environ | {"BENCH_PORT": str(self.port), "BENCH_CERT": str(self.certificate_file),
                                    "BENCH_TOKEN": self.token}
        return [str(self.build / "bench-client"), *map(str, words)], {"env": environment, **more}

    def measure(self, *words):
        return measured(*self.client(*words))

    @contextlib.contextmanager
    def holding(self, *words):
        command, more = self.client(*words)
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **more)
        try:
            process.news = process.stdout.readline()
            if not process.news:
                sys.exit(f"bench: {' '.join(words[:2])} did not start")
            yield process
        finally:
            process.stdin.close()
            process.wait(10)
            process.stdout.close()

    def status(self, key):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in text.splitlines() if line.startswith(key + ":")).split()[1])

    def opened(self):
        """How many descriptors and threads it has."""
        process = pathlib.Path(f"/proc/{self.process.pid}")
        return sum(1 for _ in (process / "fd").iterdir()), sum(1 for _ in (process / "task").iterdir())

    def rss_mb(self):
        return self.status("VmRSS") / 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def reset_peak(self):
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def peak_mb(self):
        return self.status("VmHWM") / 1024

    def activity(self):
        """CPU seconds, and how often any thread went to sleep and woke again."""
        ticks = sum(map(int, pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]))
        switches = 0
        for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
            text = (task / "status").read_text()
            switches += int(text.split("voluntary_ctxt_switches:")[1].split()[0])
        return ticks / os.sysconf("SC_CLK_TCK"), switches


def elapsed_ms(action):
    begin = time.perf_counter()
    action()
    return (time.perf_counter() - begin) * 1000


def measured(command, more):
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, **more)
    if done.returncode != 0:
        sys.exit(f"bench: {' '.join(command[1:3])}: {done.stderr.strip()}")
    return json.loads(done.stdout)


class Sshd(sshdserver.SshdServer):
    """An OpenSSH server that is also a session of the agent."""

    def sessions_on(self, agent, count):
        """The ids of so many sessions on this server."""
        profile = agent.call("POST", "/api/profiles", {"name": str(uuid.uuid4()), "username": self.user, "auth_type": "key",
                                                       "key_path": self.key()})
        return [agent.call("POST", "/api/sessions", {"name": str(uuid.uuid4()), "host": "127.0.0.1", "port": self.port,
                                                     "profile_id": profile["id"]})["id"] for _ in range(count)]

    @contextlib.contextmanager
    def forward(self, port, far):
        """`ssh -L port:127.0.0.1:far`, while in use."""
        command = [word for word in self.ssh_command() if word != "-tt"]
        process = subprocess.Popen([command[0], "-N", "-L", f"127.0.0.1:{port}:127.0.0.1:{far}", *command[1:]],
                                   stdin=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 10
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except OSError:
                    if time.monotonic() > deadline:
                        sys.exit("bench: ssh -L does not listen")
                    time.sleep(0.05)
            yield
        finally:
            process.terminate()
            process.wait(10)

    def logins(self):
        """How many connections it serves."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return len(children.split())

    def session_on(self, agent):
        return f"type=ssh&cols=120&rows=40&session_id={self.sessions_on(agent, 1)[0]}"


class TcpPeer:
    """A server in a process of its own: pours bytes, swallows them, or says one and ends, as the first byte asks."""

    PIECE = 1 << 18

    def __init__(self, size):
        self.size = size
        listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = listener.getsockname()[1]
        self.pid = os.fork()
        if self.pid == 0:
            while True:
                link, _ = listener.accept()
                threading.Thread(target=self.serve, args=(link,), daemon=True).start()
        listener.close()

    def close(self):
        os.kill(self.pid, signal.SIGTERM)
        os.waitpid(self.pid, 0)

    def serve(self, link):
        with link:
            habit = link.recv(1)
            if habit == b"p":
                piece = bytes(self.PIECE)
                for _ in range(self.size // self.PIECE):
                    link.sendall(piece)
            elif habit == b"s":
                room = bytearray(self.PIECE)
                while link.recv_into(room):
                    pass
                link.sendall(b".")
            else:
                link.sendall(b".")

    def down(self, port):
        """MB/s from the far side, through `port`."""
        room, got = bytearray(self.PIECE), 0
        with socket.create_connection(("127.0.0.1", port)) as link:
            link.sendall(b"p")
            begin = time.perf_counter()
            while count := link.recv_into(room):
                got += count
            spent = time.perf_counter() - begin
        if got != self.size // self.PIECE * self.PIECE:
            sys.exit(f"bench: {got} of {self.size} bytes came through the tunnel")
        return got / spent / 1e6

    def up(self, port):
        piece = bytes(self.PIECE)
        with socket.create_connection(("127.0.0.1", port)) as link:
            link.sendall(b"s")
            begin = time.perf_counter()
            for _ in range(self.size // self.PIECE):
                link.sendall(piece)
            link.shutdown(socket.SHUT_WR)
            if link.recv(1) != b".":
                sys.exit("bench: the tunnel lost the end of what was sent")
            return self.size / (time.perf_counter() - begin) / 1e6

    @staticmethod
    def connections(port, count):
        """Connections a second, one after the other."""
        begin = time.perf_counter()
        for _ in range(count):
            with socket.create_connection(("127.0.0.1", port)) as link:
                link.sendall(b"g")
                if link.recv(2) != b".":
                    sys.exit("bench: the tunnel closed a connection unanswered")
        return count / (time.perf_counter() - begin)


class Table:
    def __init__(self):
        self.rows = []

    def add(self, what, ours, peer="-", ratio="-", goal="-"):
        self.rows.append((what, ours, peer, ratio, goal))
        print(f"  {what}: {ours}", file=sys.stderr)

    def compare(self, what, ours, peer, unit, goal, digits=0):
        self.add(what, f"{ours:.{digits}f} {unit}", f"{peer:.{digits}f} {unit}", f"{ours / peer:.2f}", goal)

    def print(self):
        rows = [("figure", "agent", "peer", "ratio", "goal"), *self.rows]
        widths = [max(len(row[i]) for row in rows) for i in range(5)]
        for number, row in enumerate(rows):
            print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")
            if number == 0:
                print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


class Bench:
    def __init__(self, build, quick):
        self.build, self.quick, self.table = build, quick, Table()
        root = build.parent / "bench"
        root.mkdir(parents=True, exist_ok=True)
        self.root = pathlib.Path(tempfile.mkdtemp(dir=root))

    def close(self):
        shutil.rmtree(self.root)

    @contextlib.contextmanager
    def agent(self, home=None):
        agent = Agent(self.build, home or tempfile.mkdtemp(dir=self.root))
        try:
            yield agent
        finally:
            agent.stop()

    @contextlib.contextmanager
    def ssh_agent(self):
        """An agent with a session on a real server: (agent, sshd, query of /ws/terminal)."""
        sshd = Sshd(tempfile.mkdtemp(dir=self.root))
        try:
            with self.agent() as agent:
                yield agent, sshd, sshd.session_on(agent)
        finally:
            sshd.close()

    def start(self):
        def once(home):
            with self.agent(home) as agent:
                return agent.start_ms

        runs = 5 if self.quick else 20
        first = [once(tempfile.mkdtemp(dir=self.root)) for _ in range(runs)]
        home = tempfile.mkdtemp(dir=self.root)
        once(home)
        later = [once(home) for _ in range(runs)]
        self.table.add("start, first launch (median)", f"{statistics.median(first):.0f} ms", goal="<= 250 ms")
        self.table.add("start, files present (median)", f"{statistics.median(later):.0f} ms", goal="<= 60 ms")

    def idle(self):
        seconds = 5 if self.quick else 10
        with self.agent() as agent:
            agent.call("GET", "/api/info")
            agent.hang_up()
            time.sleep(2)
            cpu, switches = agent.activity()
            time.sleep(seconds)
            cpu2, switches2 = agent.activity()
            self.table.add("idle memory (RSS)", f"{agent.rss_mb():.1f} MB", goal="<= 30 MB")
            self.table.add(f"idle CPU over {seconds} s", f"{(cpu2 - cpu) / seconds * 100:.1f} %", goal="0 %")
            self.table.add("idle wake-ups", f"{(switches2 - switches) / seconds:.1f} /s", goal="~ 0 /s")

    def echo(self):
        count = 300 if self.quick else 2000

        def compare(what, agent, sshd, query):
            ours = agent.measure("echo", query, count)
            peer = measured([str(self.build / "bench-client"), "peer-echo", str(count), *sshd.ssh_command()], {})
            for key, name, goal in (("p50_us", "median", "peer + 300 us"), ("p99_us", "p99", "peer + 2000 us")):
                self.table.compare(f"key echo, {what}, {name}", ours[key], peer[key], "us", goal)

        with self.ssh_agent() as (agent, sshd, query):
            compare("quiet", agent, sshd, query)
            with agent.holding("drain", query, "yes " + LINE):
                compare("another session floods", agent, sshd, query)
            agent.call("POST", "/api/vault/password", {"password": PASSWORD})
            stop = threading.Event()

            def derive():
                while not stop.is_set():
                    agent.call("POST", "/api/vault/unlock", {"password": PASSWORD})

            worker = threading.Thread(target=derive)
            worker.start()
            try:
                compare("vault derives keys", agent, sshd, query)
            finally:
                stop.set()
                worker.join()

    def flood(self):
        size = 50_000_000 if self.quick else 500_000_000
        command = f"yes '{LINE}' | head -c {size}"
        with self.ssh_agent() as (agent, sshd, query):
            before = agent.rss_mb()
            agent.reset_peak()
            ours = agent.measure("flood", query, command)
            grown = agent.peak_mb() - before
            peer = measured([str(self.build / "bench-client"), "peer-flood", command, *sshd.ssh_command()], {})
            if abs(ours["bytes"] - peer["bytes"]) > 64:  # the prompt may come with the end mark or after it
                print(f"bench: the floods differ: {ours['bytes']} of {peer['bytes']}", file=sys.stderr)
            self.table.compare(f"SSH flood, {size // 1_000_000} MB", ours["mb_per_s"], peer["mb_per_s"], "MB/s", ">= 0.95", 1)
            self.table.add("SSH flood, memory growth", f"{grown:.1f} MB", goal="< 20 MB")
            local = agent.measure("flood", "type=local&cols=120&rows=40", command)
            self.table.add(f"local shell flood, {size // 1_000_000} MB", f"{local['mb_per_s']:.1f} MB/s")

    def stall(self):
        seconds = 3 if self.quick else 10
        with self.ssh_agent() as (agent, sshd, query):
            agent.measure("echo", query, 10)
            before = agent.rss_mb()
            agent.reset_peak()
            with agent.holding("stall", query, "yes " + LINE):
                time.sleep(seconds)
                self.table.add(f"client stalled {seconds} s in a flood, memory growth", f"{agent.peak_mb() - before:.1f} MB",
                               goal="< 20 MB")
                echo = agent.measure("echo", query, 100)
                self.table.add("key echo of another session meanwhile, median", f"{echo['p50_us']:.0f} us")

    def exec(self):
        """One command on many hosts that take a moment to answer: in one call, and in a call for each."""
        count, moment = (25, 0.3) if self.quick else (100, 0.5)
        with self.ssh_agent() as (agent, sshd, _):
            ids = sshd.sessions_on(agent, count)

            def run(sessions):
                answer = agent.call("POST", "/api/bulk-command", {"session_ids": sessions, "timeout_secs": 300,
                                                                  "command": f"sleep {moment}; echo done"})
                if answer["error_count"]:
                    sys.exit(f"bench: {next(r for r in answer['results'] if r['status'] != 'success')}")
                return answer

            run(ids[:1])
            together = run(ids)
            slowest = max(result["execution_time_ms"] for result in together["results"])
            one_by_one = elapsed_ms(lambda: [run([session]) for session in ids])
            self.table.add(f"command on {count} hosts, {moment} s each, one after another", f"{one_by_one / 1000:.1f} s")
            self.table.add(f"command on {count} hosts, side by side", f"{together['total_time_ms'] / 1000:.1f} s",
                           ratio=f"{one_by_one / together['total_time_ms']:.1f} x", goal=">= 5 x faster")
            self.table.add("the slowest of them", f"{slowest / 1000:.1f} s")

    def tunnel(self):
        size = 100_000_000 if self.quick else 1_000_000_000
        count, many = (500, 5_000) if self.quick else (2_000, 100_000)
        far = TcpPeer(size)
        try:
            with self.ssh_agent() as (agent, sshd, query):
                session = agent.call("GET", f"/api/sessions/{query.rpartition('=')[2]}")
                ours, peers = sshdserver.free_port(), sshdserver.free_port()
                made = agent.call("POST", "/api/tunnels", {
                    "name": "bench", "host": "127.0.0.1", "port": sshd.port, "profile_id": session["profile_id"],
                    "local_port": ours, "remote_host": "127.0.0.1", "remote_port": far.port})
                agent.call("POST", f"/api/tunnels/{made['id']}/start")
                with sshd.forward(peers, far.port):
                    before = agent.rss_mb()
                    agent.reset_peak()
                    for what, run, unit in (
                            (f"tunnel, {size // 1_000_000} MB from the far side", far.down, "MB/s"),
                            (f"tunnel, {size // 1_000_000} MB to the far side", far.up, "MB/s"),
                            ("tunnel, connections one after the other", lambda port: far.connections(port, count), "/s")):
                        figures = [[run(port) for port in (ours, peers)] for _ in range(3)]
                        best = [max(column) for column in zip(*figures)]
                        self.table.compare(what, *best, unit, ">= 0.95")
                    self.table.add("tunnel, memory growth meanwhile", f"{agent.peak_mb() - before:.1f} MB", goal="< 20 MB")
                before, open_before = agent.rss_mb(), agent.descriptors()
                far.connections(ours, many)
                time.sleep(1)  # the last of them is still on its way out
                self.table.add(f"tunnel, {many:,} connections later: descriptors, memory",
                               f"{agent.descriptors() - open_before:+d}, {agent.rss_mb() - before:+.1f} MB", goal="flat")
        finally:
            far.close()

    def sftp(self):
        with self.ssh_agent() as (agent, sshd, query):
            sftpbench.run(self, agent, sshd, agent.call("GET", f"/api/sessions/{query.rpartition('=')[2]}"))

    def terminals(self):
        count = 100 if self.quick else 500
        with self.ssh_agent() as (agent, sshd, query):
            agent.measure("echo", query, 10)
            agent.measure("terminals", query, 5)  # what the first ones cost is not the price of one more
            time.sleep(5)  # the check of the database, 3 s after the start, leaves SQLite with one descriptor more
            before, private, opened = agent.rss_mb(), agent.status("RssAnon"), agent.opened()
            with agent.holding("terminals", query, count) as client:
                result = json.loads(client.news)
                grown, kept = (agent.rss_mb() - before) * 1024, agent.status("RssAnon") - private
                used = [now - then for now, then in zip(agent.opened(), opened)]
            closed = time.perf_counter()
            let_go = gone = None
            while not (let_go and gone) and (now := time.perf_counter() - closed) < 60:
                let_go = let_go or (agent.opened() <= opened and now)
                gone = gone or (not sshd.logins() and now)
                time.sleep(0.01)
            left = [now - then for now, then in zip(agent.opened(), opened)]
            self.table.add(f"{count} SSH terminals, opened in", f"{result['open_s']:.1f} s")
            self.table.add(f"{count} SSH terminals, memory each", f"{grown / count:.0f} KiB ({kept / count:.0f} private)",
                           goal="<= 400 KiB")
            self.table.add(f"{count} SSH terminals, descriptors and threads each",
                           f"{used[0] / count:.1f} and {used[1] / count:.1f}")
            self.table.add(f"{count} SSH terminals, a key in all at once, answered in", f"{result['all_ms']:.0f} ms")
            self.table.add(f"{count} SSH terminals, key echo, median", f"{result['p50_us']:.0f} us")
            self.table.add(f"{count} SSH terminals, key echo, p99", f"{result['p99_us']:.0f} us")
            for what, after in (("closed at once, let go by the agent", let_go), ("closed at once, gone at the server", gone)):
                self.table.add(f"{count} SSH terminals, {what} after", f"{after * 1000:.0f} ms" if after else "more than 60 s")
            self.table.add(f"{count} SSH terminals, descriptors and threads left", f"{left[0]} and {left[1]}", goal="0 and 0")

    def fill(self, rows):
        """A home whose database holds this many sessions, copies of one made through the API."""
        home = tempfile.mkdtemp(dir=self.root)
        with self.agent(home) as agent:
            profile = agent.call("POST", "/api/profiles", {"name": "bench", "username": "admin"})
            agent.call("POST", "/api/sessions", {"name": "s0", "host": "192.0.2.1", "profile_id": profile["id"],
                                                 "auto_commands": ["terminal length 0"]})
            path = agent.database
        with contextlib.closing(sqlite3.connect(path)) as database, database:
            columns = [row[1] for row in database.execute("PRAGMA table_info(sessions)")]
            first = dict(zip(columns, database.execute(f"SELECT {','.join(columns)} FROM sessions").fetchone()))
            marks = ",".join("?" * len(columns))
            database.executemany(f"INSERT INTO sessions ({','.join(columns)}) VALUES ({marks})", (
                [(first | {"id": str(uuid.uuid4()), "name": f"switch-{n:05}", "sort_order": order})[c] for c in columns]
                for n, order in enumerate(random.Random(1).sample(range(rows), rows - 1), 1)))
        return home

    def http(self):
        seconds = 2 if self.quick else 5
        with self.agent() as agent:
            for connections in (1, 6):
                result = agent.measure("http", "/api/health", connections, seconds)
                self.table.add(f"GET /api/health, {connections} connections", f"{result['rps']:.0f} /s")
        with self.agent(self.fill(1000)) as agent:
            result = agent.measure("http", "/api/sessions", 6, seconds)
            self.table.add("GET /api/sessions, 1,000 rows, 6 connections",
                           f"{result['rps']:.0f} /s ({result['body'] / 1024:.0f} KiB each)")

    def sessions(self):
        """10,000 sessions. The peer of the list is SQLite's own shell: same file, same columns, same order, as JSON."""
        rounds = 20 if self.quick else 100
        with self.agent(self.fill(10_000)) as agent:
            listed = agent.call("GET", "/api/sessions")
            query = f"SELECT {', '.join(listed[0])} FROM sessions ORDER BY sort_order, name, id"
            peer = [elapsed_ms(lambda: subprocess.run(["sqlite3", "-readonly", "-json", str(agent.database), query],
                                                      stdout=subprocess.PIPE, check=True)) for _ in range(rounds)]
            result = agent.measure("http", "/api/sessions", 1, 2 if self.quick else 5)
            self.table.compare("GET /api/sessions, 10,000 rows, median", result["p50_us"] / 1000, statistics.median(peer),
                               "ms", "<= 40 ms", 1)
            self.table.add("GET /api/sessions, 10,000 rows, p99", f"{result['p99_us'] / 1000:.1f} ms")

            # Each over a connection of its own: what a person waits for.
            def add(what, action, goal="<= 100 ms"):
                times = [elapsed_ms(lambda: action(n)) for n in range(10)]
                self.table.add(f"10,000 sessions: {what}, median", f"{statistics.median(times):.1f} ms", goal=goal)

            ids = [session["id"] for session in listed]
            move = lambda n, order: agent.call("PUT", f"/api/sessions/{ids[n]}/move",
                                               {"folder_id": None, "sort_order": order})
            between = listed[5000]["sort_order"] + 0.5
            add("rename one", lambda n: agent.call("PUT", f"/api/sessions/{ids[n]}", {"name": f"renamed-{n}"}))
            add("move one", lambda n: move(n, 5000))
            add("move one, all others are renumbered", lambda n: move(n, between if n == 0 else 5000.5))
            add("export all", lambda n: agent.call("GET", "/api/sessions/export"), "<= 500 ms")
            add("delete 1,000", lambda n: agent.call("POST", "/api/sessions/bulk-delete",
                                                     {"ids": ids[n * 1000:(n + 1) * 1000]}))


    def library(self):
        """The start-up burst with 1,000 sessions, a call at a time; the search over 10,000 sessions and 1,000 documents."""
        seconds = 1 if self.quick else 3
        with self.agent(self.fill(1000)) as agent:
            for path in ("/api/vault/status", "/api/sessions", "/api/folders", "/api/history", "/api/profiles", "/api/groups",
                         "/api/quick-prompts", "/api/vault/api-keys/ai.anthropic/exists", "/api/settings/ai.terminal_mode",
                         "/api/tunnels", "/api/tunnels/status", "/api/host-keys/prompts"):
                result = agent.measure("http", path, 1, seconds)
                self.table.add(f"start, 1,000 sessions: {path}, median / p99",
                               f"{result['p50_us'] / 1000:.2f} / {result['p99_us'] / 1000:.2f} ms", goal="<= 5 ms")
        home = self.fill(10_000)
        with self.agent(home) as agent:
            path = agent.database
        with contextlib.closing(sqlite3.connect(path)) as database, database:
            database.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
                             "INSERT INTO documents (id, name, category, content_type, content) SELECT 'd' || i, "
                             "'running-config switch-' || i, 'backups', 'config', hex(zeroblob(5000)) FROM n")
        with self.agent(home) as agent:
            for words, query in (("one hit", "switch-04711"), ("every session and document", "switch"), ("none", "qqq")):
                result = agent.measure("http", f"/api/search?q={query}&limit=30", 1, seconds)
                self.table.add(f"search, 10,000 sessions, 1,000 documents: {words}, median / p99",
                               f"{result['p50_us'] / 1000:.1f} / {result['p99_us'] / 1000:.1f} ms", goal="<= 50 ms")
            result = agent.measure("http", "/api/docs", 1, seconds)
            self.table.add("GET /api/docs, 1,000 documents, 10 MB, median", f"{result['p50_us'] / 1000:.1f} ms")


def main():
    names = ["start", "idle", "echo", "flood", "stall", "terminals", "exec", "tunnel", "sftp", "http", "sessions", "library"]
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, a smaller flood")
    parser.add_argument("names", nargs="*", choices=[[], *names], metavar="name", help=", ".join(names))
    arguments = parser.parse_args()
    bench = Bench(arguments.build.resolve(), arguments.quick)
    try:
        for name in arguments.names or names:
            print(f"{name} ...", file=sys.stderr)
            getattr(bench, name)()
    finally:
        bench.close()
    with open("/proc/cpuinfo") as info:
        model = next((line.split(":")[1].strip() for line in info if line.startswith("model name")), platform.machine())
    ssh = subprocess.run(["ssh", "-V"], capture_output=True, text=True).stderr.split(",")[0]
    print(f"{os.cpu_count()} x {model}, Linux {platform.release()}, {ssh}")
    bench.table.print()


if __name__ == "__main__":
    main()
