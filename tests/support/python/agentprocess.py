"""The built agent as a child process over its real wire: HTTPS and WSS with exactly its certificate pinned."""

import base64
import http.client
import json
import os
import pathlib
import signal
import ssl
import subprocess
import time

PATIENCE = 60  # seconds; sanitizers and a loaded machine
IDLE = 5  # seconds after which a connection is not trusted to be alive
PASSED_ON = ("PATH", "USER", "LOGNAME", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS")


class AgentFailed(Exception):
    """It did not start, did not end, crashed, or a sanitizer reported something."""


class Answer:
    def __init__(self, status, body, headers):
        self.status, self.body, self.headers = status, body, headers

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r}"


class Agent:
    """Started as the Terminal shell starts it. `home` is the folder it takes for the user's home; its log goes to a file
    beside that folder's content. `program` defaults to $AGENT_BINARY. More keywords go to subprocess.Popen."""

    arguments = ("--license-example",)

    def __init__(self, home, program=None, environment=None, **popen):
        self.home = pathlib.Path(home)
        self.program = str(program or os.environ["AGENT_BINARY"])
        self.environment = environment or {}
        self.popen = popen
        self.log_file = self.home / "agent.log"
        self.process = None
        self.link = None
        self.port = 0

    def __enter__(self):
        return self.start()

    def __exit__(self, *exception):
        self.stop()

    @property
    def data_folder(self):
        return self.home / ".local/share/netstacks"

    @property
    def database(self):
        return self.data_folder / "netstacks.db"

    @property
    def log(self):
        return self.log_file.read_bytes() if self.log_file.exists() else b""

    @property
    def pid(self):
        return self.process.pid

    def launch(self):
        """Starts it and does not wait. Its log goes on behind that of earlier runs."""
        self.token = os.urandom(32).hex()
        self.port = 0
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        environment |= {"HOME": str(self.home), "LANG": "C.UTF-8", "SHELL": "/bin/sh", "NETSTACKS_AUTH_TOKEN": self.token}
        self.log_begin = len(self.log)
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen([self.program, *self.arguments], env=environment | self.environment,
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, **self.popen)
        return self

    def start(self):
        """Starts it and waits for its port."""
        begin = time.perf_counter()
        self.launch()
        certificate = None
        for line in self.process.stdout:
            key, _, value = line.decode().strip().partition("=")
            if key == "NETSTACKS_TLS_CERT":
                certificate = base64.b64decode(value).decode()
            if key == "NETSTACKS_PORT":
                self.start_ms = (time.perf_counter() - begin) * 1000
                self.port = int(value)
                break
        if not self.port:
            self.process.wait(PATIENCE)
            raise AgentFailed(f"no port from the agent (exit code {self.process.returncode})\n{self.log.decode()}")
        self.certificate = certificate
        self.trust = ssl.create_default_context(cadata=certificate)
        return self

    def stop(self):
        """SIGTERM, and the verdict on how it ended."""
        if not self.process or self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            self.wait()
        except subprocess.TimeoutExpired:
            self.kill()
            raise AgentFailed("the agent did not end after SIGTERM") from None
        if self.process.returncode != 0:
            raise AgentFailed(f"the agent ended with {self.process.returncode}\n{self.log.decode()}")

    def wait(self):
        """Waits for its end. @return the exit code"""
        self.hang_up()
        code = self.process.wait(PATIENCE)
        self._clean_up()
        return code

    def kill(self):
        """SIGKILL, as the shell does."""
        if self.process and self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
            self.wait()

    def _clean_up(self):
        self.process.stdin.close()
        self.process.stdout.close()
        report = self.log[self.log_begin:]
        if b"Sanitizer:" in report or b"runtime error:" in report:
            raise AgentFailed(report.decode(errors="replace"))

    def hang_up(self):
        """The next request gets a fresh connection."""
        if self.link:
            self.link.close()
            self.link = None

    def connect(self, timeout=PATIENCE):
        """A connection of its own, for a thread."""
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=self.trust, timeout=timeout)

    def request(self, method, path, body=None, headers=None, link=None):
        """`body`: bytes as they are, anything else as JSON. Headers given as None are left out."""
        mine = link is None
        if mine:
            if self.link and time.monotonic() - self.link_used > IDLE:
                self.hang_up()
            self.link = self.link or self.connect()
            link, self.link_used = self.link, time.monotonic()
        head = {"Authorization": f"Bearer {self.token}"}
        if body is not None:
            head["Content-Type"] = "application/json"
            if not isinstance(body, bytes):
                body = json.dumps(body).encode()
        head = {name: value for name, value in (head | (headers or {})).items() if value is not None}
        link.request(method, path, body, head)
        answer = link.getresponse()
        return Answer(answer.status, answer.read(), dict(answer.getheaders()))

    def call(self, method, path, body=None):
        """The decoded answer of a call that must succeed."""
        answer = self.request(method, path, body)
        if answer.status >= 300:
            raise AssertionError(f"{method} {path}: {answer}")
        return answer.json() if answer.body else None

    def get(self, path):
        return self.call("GET", path)

    def post(self, path, body=None):
        return self.call("POST", path, body)

    def put(self, path, body):
        return self.call("PUT", path, body)

    def delete(self, path):
        return self.call("DELETE", path)

    def status(self, method, path, body=None):
        return self.request(method, path, body).status

    def descendants(self):
        """The process ids of its children and theirs."""
        return descendants(self.pid)


def descendants(pid):
    """The process ids of the children of a process and theirs."""
    found, waiting = [], [pid]
    while waiting:
        pid = waiting.pop()
        for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):  # each thread has its own
            try:
                words = task.read_text().split()
            except OSError:  # gone meanwhile
                continue
            found += map(int, words)
            waiting += map(int, words)
    return found
