#!/usr/bin/env python3
"""Measures the built agent beside its peers and prints one table. Called by scripts/bench."""

import argparse
import base64
import contextlib
import getpass
import http.client
import json
import os
import pathlib
import platform
import shutil
import socket
import sqlite3
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid

PASSWORD = "a benchmark's vault password"
LINE = "0123456789 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789"


class Agent:
    """The agent as the Terminal shell starts it, with a private home."""

    def __init__(self, build, home):
        self.build, self.home = build, pathlib.Path(home)
        self.token = os.urandom(32).hex()
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "SHELL": "/bin/sh",
                       "NETSTACKS_AUTH_TOKEN": self.token}
        begin = time.perf_counter()
        self.process = subprocess.Popen([str(build / "netstacks-agent"), "--license-example"], env=environment,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.port = 0
        for line in self.process.stdout:
            key, _, value = line.decode().strip().partition("=")
            if key == "NETSTACKS_TLS_CERT":
                certificate = value
            if key == "NETSTACKS_PORT":
                self.start_ms = (time.perf_counter() - begin) * 1000
                self.port = int(value)
                break
        if not self.port:
            sys.exit("bench: the agent ended without a port")
        self.certificate = self.home / "bench.crt"
        self.certificate.write_bytes(base64.b64decode(certificate))

    def close(self):
        self.process.terminate()
        self.process.wait(10)

    @property
    def database(self):
        return self.home / ".local/share/netstacks/netstacks.db"

    def call(self, method, path, body=None):
        trust = ssl.create_default_context(cafile=self.certificate)
        link = http.client.HTTPSConnection("127.0.0.1", self.port, context=trust, timeout=60)
        headers = {"Authorization": f"Bearer {self.token}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        link.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = link.getresponse()
        data = answer.read()
        link.close()
        if answer.status >= 300:
            sys.exit(f"bench: {method} {path}: {answer.status} {data.decode()}")
        return json.loads(data) if data else None

    def client(self, *words, **more):
        environment = os.environ | {"BENCH_PORT": str(self.port), "BENCH_CERT": str(self.certificate),
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


def measured(command, more):
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, **more)
    if done.returncode != 0:
        sys.exit(f"bench: {' '.join(command[1:3])}: {done.stderr.strip()}")
    return json.loads(done.stdout)


class Sshd:
    """A real OpenSSH server on loopback, and how to reach it: with ssh, and as a session of the agent."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("host", "client"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{folder}/{name}"], check=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)
        pathlib.Path(folder, "config").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/client.pub\n"
            "StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\nPidFile none\n"
            "MaxStartups 1000\nPerSourcePenalties no\n"
            f"SetEnv HOME={folder}\nForceCommand PS1='$ ' exec /bin/sh -i\n")  # nobody's own start-up files
        self.process = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", f"{folder}/config"], stderr=subprocess.PIPE)
        while b"Server listening" not in (line := self.process.stderr.readline()):
            if not line:
                sys.exit("bench: sshd did not start")
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def close(self):
        self.process.terminate()
        self.process.wait(10)

    def logins(self):
        """How many connections it serves."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return len(children.split())

    def ssh(self):
        return ["ssh", "-tt", "-q", "-F", "none", "-p", str(self.port), "-i", f"{self.folder}/client",
                "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "IdentityAgent=none",
                # Since 9.5 ssh sends keys on a 20 ms beat to hide how somebody types; the agent has no such beat.
                "-o", "ObscureKeystrokeTiming=no",
                f"{getpass.getuser()}@127.0.0.1"]

    def session_on(self, agent):
        profile = agent.call("POST", "/api/profiles", {"name": "bench", "username": getpass.getuser(), "auth_type": "key",
                                                       "key_path": f"{self.folder}/client"})
        session = agent.call("POST", "/api/sessions", {"name": str(uuid.uuid4()), "host": "127.0.0.1", "port": self.port,
                                                       "profile_id": profile["id"]})
        return f"type=ssh&cols=120&rows=40&session_id={session['id']}"


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
            agent.close()

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
            peer = measured([str(self.build / "bench-client"), "peer-echo", str(count), *sshd.ssh()], {})
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
            peer = measured([str(self.build / "bench-client"), "peer-flood", command, *sshd.ssh()], {})
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

    def terminals(self):
        count = 100 if self.quick else 500
        with self.ssh_agent() as (agent, sshd, query):
            agent.measure("echo", query, 10)
            agent.measure("terminals", query, 5)  # what the first ones cost is not the price of one more
            time.sleep(1)
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
                [(first | {"id": str(uuid.uuid4()), "name": f"switch-{n:05}", "sort_order": n})[c] for c in columns]
                for n in range(1, rows)))
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
        with self.agent(self.fill(10_000)) as agent:
            result = agent.measure("http", "/api/sessions", 1, 2 if self.quick else 5)
            self.table.add("GET /api/sessions, 10,000 rows, median", f"{result['p50_us'] / 1000:.1f} ms", goal="<= 40 ms")
            self.table.add("GET /api/sessions, 10,000 rows, p99", f"{result['p99_us'] / 1000:.1f} ms")


def main():
    names = ["start", "idle", "echo", "flood", "stall", "terminals", "http", "sessions"]
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
