#!/usr/bin/env python3
"""Drives netstacks-console as a person does: under a terminal of its own, against the built agent and a real SSH server."""

import fcntl
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import ssl
import struct
import subprocess
import tempfile
import termios
import time
import unittest
import urllib.request

import sshdserver
from sshdserver import PythonSshServer, SshdServer

CONSOLE = os.environ["AGENT_CONSOLE"]
PATIENCE = 60
# The person's home in these tests: without the start-up files of whoever runs them.
HOME = tempfile.TemporaryDirectory()
os.environ["HOME"] = os.environ["TMPDIR"] = HOME.name  # TMPDIR: what a killed console cannot remove goes with it


class Terminal:
    """A pseudo terminal with netstacks-console in it."""

    def __init__(self, *arguments, cols=101, rows=33, env=None):
        self.output = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
            os.execve(CONSOLE, [CONSOLE, *arguments], env or os.environ)

    def expect(self, pattern):
        deadline = time.monotonic() + PATIENCE
        while not (match := re.search(pattern, self.output)):
            if time.monotonic() > deadline or not self.read(0.2):
                raise AssertionError(f"no {pattern!r} in {self.output!r}")
        self.output = self.output[match.end():]
        return match

    def read(self, limit):
        """False when the other end is gone."""
        if not select.select([self.fd], [], [], limit)[0]:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        self.output += data
        return bool(data)

    def type(self, text):
        os.write(self.fd, text.encode())

    def resize(self, cols, rows):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def echoes(self):
        return bool(termios.tcgetattr(self.fd)[3] & termios.ECHO)

    def wait(self):
        deadline = time.monotonic() + PATIENCE
        while self.read(0.2) and time.monotonic() < deadline:
            pass
        while time.monotonic() < deadline:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                os.close(self.fd)
                return os.waitstatus_to_exitcode(status)
            select.select([], [], [], 0.05)
        self.kill()
        raise AssertionError(f"netstacks-console did not end; it said {self.output!r}")

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def run(*arguments, **more):
    return subprocess.run([CONSOLE, *arguments], capture_output=True, timeout=PATIENCE, **more)


def ptsname(master):
    # TIOCGPTN of Linux; os.ptsname came with Python 3.13
    number = struct.unpack("I", fcntl.ioctl(master, 0x80045430, struct.pack("I", 0)))[0]
    return f"/dev/pts/{number}"


def children_of(pid):
    text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]


class Request(unittest.TestCase):
    def test_prints_the_body_on_stdout_and_the_status_on_stderr(self):
        done = run("request", "GET", "/api/info")
        self.assertEqual((done.returncode, done.stderr), (0, b"200\n"))
        self.assertEqual(json.loads(done.stdout)["name"], "NetStacks")

    def test_fails_when_the_answer_is_an_error(self):
        done = run("request", "GET", "/api/sessions/none")
        self.assertEqual((done.returncode, done.stderr), (1, b"404\n"))
        self.assertEqual(json.loads(done.stdout)["code"], "NOT_FOUND")

    def test_takes_json_as_an_argument_and_from_stdin(self):
        body = '{"name":"lab","username":"admin"}'
        self.assertEqual(json.loads(run("request", "POST", "/api/profiles", body).stdout)["name"], "lab")
        self.assertEqual(json.loads(run("request", "POST", "/api/profiles", "-", input=body.encode()).stdout)["name"], "lab")

    def test_keeps_data_only_in_a_folder_that_was_named(self):
        with tempfile.TemporaryDirectory() as data:
            run("--data-dir", data, "request", "POST", "/api/profiles", '{"name":"kept","username":"a"}')
            self.assertEqual(json.loads(run("--data-dir", data, "request", "GET", "/api/profiles").stdout)[0]["name"], "kept")
        self.assertEqual(json.loads(run("request", "GET", "/api/profiles").stdout), [])

    def test_ignores_the_database_of_somebody_elses_agent(self):
        with tempfile.TemporaryDirectory() as data:
            path = pathlib.Path(data, "other.db")
            run("request", "GET", "/api/sessions", env=os.environ | {"NETSTACKS_DB_PATH": str(path)})
            self.assertFalse(path.exists())


class Import(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home, self.data = pathlib.Path(folder.name, "home"), pathlib.Path(folder.name, "data")
        (self.home / ".ssh/conf.d").mkdir(parents=True)
        self.config = self.home / ".ssh/config"
        self.config.write_text("Include conf.d/*\nHost gate\n  HostName 192.0.2.1\n  User jump\n"
                               "Host r1\n  HostName 10.0.0.1\n  ProxyJump gate\n  ForwardAgent yes\nHost *\n  User admin\n")
        (self.home / ".ssh/conf.d/site").write_text("Include deeper\nHost r2\n  Port 2022\n  IdentityFile ~/.ssh/id_r2\n")
        (self.home / ".ssh/deeper").write_text("Host r3\n  ProxyJump outer,inner\n")
        self.env = os.environ | {"HOME": str(self.home)}

    def sessions(self):
        done = run("--data-dir", str(self.data), "request", "GET", "/api/sessions/export", env=self.env)
        return {session["name"]: session for session in json.loads(done.stdout)["sessions"]}

    def test_shows_the_preview_asks_and_imports(self):
        terminal = Terminal("import", str(self.config), "--data-dir", str(self.data), env=self.env)
        terminal.expect(rb"create +r3 +r3:22 +admin +outer > inner")
        terminal.expect(rb"create +r2 +r2:2022 +admin \(id_r2\)")
        terminal.expect(rb"create +r1 +10\.0\.0\.1:22 +admin +gate")
        terminal.expect(rb"config:8: 'forwardagent' is not carried over")
        terminal.expect(rb"Import 4 sessions\? \[y/N\] ")
        terminal.type("y\n")
        terminal.expect(rb"Imported 4 sessions, 3 profiles, 2 jump hosts, 0 folders; 0 skipped")
        self.assertEqual(terminal.wait(), 0)
        kept = self.sessions()
        self.assertEqual(sorted(kept), ["gate", "r1", "r2", "r3"])
        self.assertEqual(kept["r1"]["jump_session_name"], "gate")
        self.assertEqual((kept["r3"]["jump_chain"], kept["r3"]["jump_host_name"]), (["outer"], "inner"))
        # The key is the person's, not one of the agent's home.
        profiles = json.loads(run("--data-dir", str(self.data), "request", "GET", "/api/profiles", env=self.env).stdout)
        self.assertIn(str(self.home / ".ssh/id_r2"), [profile["key_path"] for profile in profiles])

    def test_a_no_imports_nothing(self):
        terminal = Terminal("import", str(self.config), "--data-dir", str(self.data), env=self.env)
        terminal.expect(rb"\[y/N\] ")
        terminal.type("\n")
        terminal.expect(rb"nothing was imported")
        self.assertEqual(terminal.wait(), 1)
        self.assertEqual(self.sessions(), {})

    def test_yes_asks_nothing_and_a_second_import_has_nothing_to_do(self):
        arguments = ("import", str(self.config), "--data-dir", str(self.data), "--yes", "--folder", "From ssh/home")
        done = run(*arguments, env=self.env, stdin=subprocess.DEVNULL, start_new_session=True)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertEqual(self.sessions()["r1"]["folder_path"], ["From ssh", "home"])
        again = run(*arguments, env=self.env, stdin=subprocess.DEVNULL, start_new_session=True)
        self.assertEqual(again.returncode, 0)
        self.assertIn(b"nothing to import", again.stderr)

    def test_without_a_terminal_it_says_how(self):
        done = run("import", str(self.config), "--data-dir", str(self.data), env=self.env, stdin=subprocess.DEVNULL,
                   start_new_session=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"--yes", done.stderr)
        self.assertEqual(self.sessions(), {})

    def test_a_folder_of_putty_sessions_is_one_import(self):
        folder = self.home / ".putty/sessions"
        folder.mkdir(parents=True)
        (folder / "core%20router").write_text("HostName=10.0.0.1\nProtocol=ssh\nPortNumber=22\nUserName=admin\n")
        (folder / "old").write_text("HostName=10.0.0.2\nProtocol=telnet\nPortNumber=23\nPassword=s3cr3t\n")
        done = run("import", str(folder), "--data-dir", str(self.data), "--yes", env=self.env)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"passwords are never imported", done.stdout)
        self.assertNotIn(b"s3cr3t", done.stdout)
        self.assertEqual(self.sessions()["core router"]["host"], "10.0.0.1")

    def test_what_cannot_be_read_starts_no_agent(self):
        done = run("import", "/nonexistent", "--data-dir", str(self.data), env=self.env)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"/nonexistent", done.stderr)
        self.assertFalse(self.data.exists())
        self.assertEqual(run("import", str(self.config), "--data-dir", str(self.data), "--format", "mobaxterm",
                             env=self.env).returncode, 1)


class WhatGoesWrong(unittest.TestCase):
    def fake_agent(self, script):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = pathlib.Path(folder.name, "netstacks-agent")
        path.write_text("#!/bin/sh\n" + script)
        path.chmod(0o755)
        return str(path)

    def test_a_missing_agent_is_named(self):
        done = run("--agent", "/nonexistent/agent")
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"/nonexistent/agent", done.stderr)

    def test_an_agent_that_ends_is_reported_with_its_last_words(self):
        done = run("--agent", self.fake_agent("echo no room on this disk >&2; exit 7"))
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"exit code 7", done.stderr)
        self.assertIn(b"no room on this disk", done.stderr)

    def test_a_port_without_a_certificate_is_refused(self):
        done = run("--agent", self.fake_agent("echo NETSTACKS_PORT=1; exec sleep 60"))
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"without a certificate", done.stderr)

    def test_an_agent_that_says_nothing_is_given_up_after_ten_seconds(self):
        done = run("--agent", self.fake_agent("exec sleep 60"))
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"10 seconds", done.stderr)

    def test_a_server_with_another_certificate_is_not_trusted(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("announced", "shown"):
                subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                                "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.crt", "-days", "2",
                                "-subj", "/CN=NetStacks Local Agent", "-addext", "subjectAltName=IP:127.0.0.1"],
                               check=True, capture_output=True)
            port = sshdserver.free_port()
            agent = self.fake_agent(f"openssl s_server -quiet -accept 127.0.0.1:{port} -cert {folder}/shown.crt "
                                    f"-key {folder}/shown.key -www >/dev/null 2>&1 &\n"
                                    f"trap 'kill $!; exit' TERM\n"
                                    f"until openssl s_client -connect 127.0.0.1:{port} </dev/null >/dev/null 2>&1; do :; done\n"
                                    f"echo NETSTACKS_TLS_CERT=$(base64 -w0 {folder}/announced.crt)\n"
                                    f"echo NETSTACKS_PORT={port}\nwait\n")
            done = run("--agent", agent, "request", "GET", "/")
            self.assertEqual((done.returncode, done.stdout), (1, b""))
            self.assertNotIn(b"200", done.stderr)

    def test_wrong_usage_has_a_code_of_its_own(self):
        self.assertEqual(run("fly").returncode, 2)


class Endpoint(unittest.TestCase):
    def start(self, *arguments):
        process = subprocess.Popen([CONSOLE, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        text = ""
        while "/ws/terminal" not in text:
            line = process.stdout.readline()
            self.assertTrue(line, f"it ended after {text!r}")
            text += line
        return process, text

    def test_stays_up_without_a_terminal_and_its_curl_lines_work(self):
        process, text = self.start()
        lines = [line.strip() for line in text.splitlines() if line.strip().startswith("curl ")]
        self.assertGreaterEqual(len(lines), 5)
        token = re.search(r"^Token +([0-9a-f]{64})$", text, re.M)[1]
        for line in lines[:4]:
            self.assertNotIn(token, line)
            self.assertEqual(subprocess.run(line + " -sSf -o /dev/null", shell=True).returncode, 0, line)
        certificate = re.search(r"--cacert (\S+)", lines[0])[1]
        shown = subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-fingerprint", "-sha256"],
                               capture_output=True, text=True).stdout
        self.assertEqual(shown.strip().split("=")[1], re.search(r"SHA-256 (\S+)", text)[1])
        self.assertEqual(os.stat(certificate).st_mode & 0o077, 0)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(PATIENCE), 0)
        self.assertFalse(pathlib.Path(certificate).parent.exists())

    def test_takes_its_agent_with_it(self):
        process, _ = self.start()
        agents = children_of(process.pid)
        self.assertEqual(len(agents), 1)
        process.terminate()
        process.wait(PATIENCE)
        self.assertFalse(pathlib.Path(f"/proc/{agents[0]}").exists())

    def test_notices_that_the_agent_died(self):
        process, _ = self.start()
        os.kill(children_of(process.pid)[0], signal.SIGKILL)
        self.assertEqual(process.wait(PATIENCE), 3)

    def test_serves_a_terminal_ui(self):
        with tempfile.TemporaryDirectory() as ui:
            pathlib.Path(ui, "index.html").write_text("<title>hello</title>")
            process, text = self.start("--frontend", ui)
            base = re.search(r"^URL +(\S+)", text, re.M)[1]
            trust = ssl.create_default_context(cafile=re.search(r"--cacert (\S+)", text)[1])
            with urllib.request.urlopen(base + "/", context=trust) as page:
                self.assertEqual(page.read(), b"<title>hello</title>")
            process.terminate()
            process.wait(PATIENCE)
            self.assertTrue(pathlib.Path(ui, "index.html").exists())


class Shell(unittest.TestCase):
    def open(self):
        terminal = Terminal("shell", env=os.environ | {"SHELL": "/bin/sh", "PS1": "$ ", "ENV": ""})
        terminal.expect(rb"[$#] ")
        return terminal

    def test_has_the_size_of_the_terminal_and_follows_it(self):
        terminal = self.open()
        terminal.type("stty size\r")
        terminal.expect(rb"\r\n33 101\r\n")
        terminal.resize(123, 44)
        terminal.type("sleep 0.5; stty size\r")
        terminal.expect(rb"44 123\r\n")
        terminal.type("exit\r")
        self.assertEqual(terminal.wait(), 0)

    def test_is_at_home(self):
        terminal = self.open()
        terminal.type("echo \"<$HOME $PWD $SHELL>\"\r")
        terminal.expect(re.escape(f"<{HOME.name} {HOME.name} /bin/sh>").encode())
        terminal.type("exit\r")
        terminal.wait()

    def test_passes_ctrl_c_on(self):
        terminal = self.open()
        terminal.type("sleep 600\r")
        terminal.expect(rb"sleep 600\r\n")
        terminal.type("\x03")
        terminal.expect(rb"[$#] ")
        terminal.type("exit\r")
        self.assertEqual(terminal.wait(), 0)

    def test_ends_with_tilde_dot_and_gives_the_terminal_back(self):
        terminal = self.open()
        self.assertFalse(terminal.echoes())
        terminal.type("\r~.")
        terminal.expect(rb"Connection closed")
        self.assertTrue(terminal.echoes())
        self.assertEqual(terminal.wait(), 0)

    def test_gives_the_terminal_back_when_it_is_terminated_or_crashes(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGSEGV):
            terminal = self.open()
            self.assertFalse(terminal.echoes())
            mode = os.open(ptsname(terminal.fd), os.O_RDWR | os.O_NOCTTY)
            os.kill(terminal.pid, number)
            os.waitpid(terminal.pid, 0)
            self.assertTrue(termios.tcgetattr(mode)[3] & termios.ECHO, number)
            os.close(mode)
            os.close(terminal.fd)

    def test_notices_that_the_agent_died(self):
        terminal = self.open()
        os.kill(children_of(terminal.pid)[0], signal.SIGKILL)
        self.assertEqual(terminal.wait(), 255)

    def test_works_in_a_pipe(self):
        done = run("shell", input=b"echo $((6*7))done\nexit\n")
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"42done", done.stdout)


@unittest.skipUnless(sshdserver.is_installed(), "no OpenSSH server here")
class Ssh(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.sshd = SshdServer(cls.folder.name, {"plain": "", "locked": "open sesame 42"})
        cls.addClassCleanup(cls.sshd.close)
        cls.target = cls.sshd.target

    def talk(self, terminal):
        terminal.expect(rb"\$ ")
        terminal.type("stty size\r")
        terminal.expect(rb"\r\n33 101\r\n")
        terminal.type("exit\r")
        self.assertEqual(terminal.wait(), 0)

    def test_logs_in_with_a_key(self):
        self.talk(Terminal("ssh", self.target, "-i", f"{self.folder.name}/plain"))

    def test_asks_for_the_passphrase_without_echo(self):
        terminal = Terminal("ssh", self.target, "-i", f"{self.folder.name}/locked")
        terminal.expect(rb"Passphrase of .*: ")
        terminal.type("open sesame 42\r")
        terminal.expect(rb"\r\n")
        self.assertNotIn(b"sesame", terminal.output)
        self.talk(terminal)

    def test_tells_that_the_passphrase_is_wrong(self):
        terminal = Terminal("ssh", self.target, "-i", f"{self.folder.name}/locked")
        terminal.expect(rb"Passphrase of .*: ")
        terminal.type("wrong\r")
        terminal.expect(rb"netstacks-console: .+")
        self.assertEqual(terminal.wait(), 255)

    def test_can_be_interrupted_at_the_prompt(self):
        terminal = Terminal("ssh", "nobody@127.0.0.1:1")
        terminal.expect(rb"password: ")
        terminal.type("\x03")
        self.assertEqual(terminal.wait(), 130)

    def test_tells_that_nobody_listens(self):
        terminal = Terminal("ssh", "nobody@127.0.0.1:1", "-i", f"{self.folder.name}/plain")
        terminal.expect(rb"netstacks-console: .+")
        self.assertEqual(terminal.wait(), 255)

    def test_leaves_nothing_in_a_data_folder(self):
        with tempfile.TemporaryDirectory() as data:
            self.talk(Terminal("--data-dir", data, "ssh", self.target, "-i", f"{self.folder.name}/plain"))
            for path in ("/api/sessions", "/api/profiles"):
                self.assertEqual(json.loads(run("--data-dir", data, "request", "GET", path).stdout), [])

    def test_logs_in_with_a_password(self):
        settings = {"password": 'a "quoted" pass\\word'}
        with tempfile.TemporaryDirectory() as folder:
            with PythonSshServer(folder, settings) as server:
                terminal = Terminal("ssh", f"joe@127.0.0.1:{server.port}")
                terminal.expect(rb"joe@127.0.0.1's password: ")
                terminal.type(settings["password"] + "\r")
                terminal.expect(rb"welcome")
                terminal.type("\r~.")
                self.assertEqual(terminal.wait(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
