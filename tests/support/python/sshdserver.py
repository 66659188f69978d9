"""A real OpenSSH server on loopback, with keys and a configuration of its own."""

import contextlib
import getpass
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading

from agentprocess import descendants

SSHD = "/usr/sbin/sshd"


def is_installed():
    return os.path.exists(SSHD)


def free_port():
    """A loopback port that nobody has now; another program may take it before it is used."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class SshdServer:
    """`keys`: name of each client key that may log in, and its passphrase. `folder` is the caller's, and is not removed."""

    def __init__(self, folder, keys=None):
        self.folder, self.user = str(folder), getpass.getuser()
        keys = {"client": ""} if keys is None else keys
        for name, passphrase in ({"host": ""} | keys).items():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", self.key(name)], check=True)
        authorized = "".join(pathlib.Path(self.key(name) + ".pub").read_text() for name in keys)
        pathlib.Path(self.folder, "authorized").write_text(authorized)
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)  # where a root sshd insists on putting its unprivileged half
        for _ in range(5):  # another program may take the port first
            self.port = free_port()
            if self._start():
                return
        raise RuntimeError("sshd did not start")

    def _start(self):
        config = pathlib.Path(self.folder, "config")
        config.write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.key('host')}\n"
            f"AuthorizedKeysFile {self.folder}/authorized\n"
            "StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\nPidFile none\n"
            "MaxStartups 1000\nPerSourcePenalties no\n"
            f"SetEnv HOME={self.folder}\n"  # nobody's own start-up files
            "Subsystem sftp /usr/lib/openssh/sftp-server\n"  # the forced command runs it
            'ForceCommand if [ -n "$SSH_ORIGINAL_COMMAND" ]; then exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"; '
            "else PS1='$ ' exec /bin/sh -i; fi\n")
        self.process = subprocess.Popen([SSHD, "-D", "-e", "-f", config], stderr=subprocess.PIPE)
        while b"Server listening" not in (line := self.process.stderr.readline()):
            if not line:
                self.process.wait()
                return False
        threading.Thread(target=self.process.stderr.read, daemon=True).start()
        return True

    def close(self):
        self.process.terminate()
        self.process.wait(10)
        self.process.stderr.close()

    def change_host_key(self):
        """Comes back on the same port as another server."""
        self.close()
        for part in ("", ".pub"):
            os.remove(self.key("host") + part)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key("host")], check=True)
        self.resume()

    def kill(self):
        """Ends it and every login at once, as a machine that goes down does."""
        logins = descendants(self.process.pid)
        self.process.kill()
        for pid in logins:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.close()

    def resume(self):
        """Starts it again on the port it had."""
        if not self._start():
            raise RuntimeError("sshd did not start again")

    def key(self, name="client"):
        return f"{self.folder}/{name}"

    @property
    def target(self):
        return f"{self.user}@127.0.0.1:{self.port}"

    def ssh_command(self):
        """OpenSSH's own client on this server, with a terminal."""
        return ["ssh", "-tt", "-q", "-F", "none", "-p", str(self.port), "-i", self.key(), "-o", "StrictHostKeyChecking=no",
                "-o", "UserKnownHostsFile=/dev/null", "-o", "IdentityAgent=none",
                # Since 9.5 ssh sends keys on a 20 ms beat to hide how somebody types; the agent has no such beat.
                "-o", "ObscureKeystrokeTiming=no", f"{self.user}@127.0.0.1"]


class PythonSshServer:
    """AsyncSSH, where a test wants to say what the password is. `settings`: see tests/support/sshd/sshserver.py."""

    def __init__(self, folder, settings):
        program = pathlib.Path(__file__).parents[1] / "sshd/sshserver.py"
        self.process = subprocess.Popen([sys.executable, program, str(folder), json.dumps(settings)],
                                        stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def close(self):
        self.process.terminate()
        self.process.stdout.close()
        self.process.wait()
