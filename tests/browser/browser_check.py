"""The built agent and a real browser: what a page of the Terminal does (client.js) in headless Chromium, against a real sshd.
Called by scripts/browser-check; no part of the test suite, because a browser is a large thing to install."""

import base64
import hashlib
import http.server
import json
import os
import pathlib
import queue
import shutil
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "support/python"), str(HERE.parent / "e2e/startup")]
import agentprocess  # noqa: E402
import calls  # noqa: E402
import sshdserver  # noqa: E402

PATIENCE = 300  # seconds for one check


class Site(http.server.ThreadingHTTPServer):
    """Serves the page from the UI's kind of origin, http://localhost, and hears what it found."""

    def __init__(self, plan, actions):
        self.plan, self.actions, self.outcomes = plan, actions, queue.Queue()
        super().__init__(("127.0.0.1", 0), Page)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Page(http.server.BaseHTTPRequestHandler):
    def log_message(self, *words):
        pass

    def answer(self, body=b"", kind="application/json"):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/plan":
            self.answer(json.dumps(self.server.plan).encode())
        elif self.path == "/client.js":
            self.answer((HERE / "client.js").read_bytes(), "text/javascript")
        elif self.path == "/":
            self.answer(b"<!doctype html><title>client</title><script type=module src=client.js></script>", "text/html")
        else:
            self.send_error(404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/outcome":
            self.server.outcomes.put(json.loads(body))
        else:
            self.server.actions[self.path.removeprefix("/outside/")]()
        self.answer()


def pin(certificate):
    """The public key's hash, by which Chromium trusts this certificate and no other that no authority has signed."""
    key = subprocess.run(["openssl", "x509", "-pubkey", "-noout"], input=certificate.encode(), capture_output=True, check=True)
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=key.stdout, capture_output=True, check=True)
    return base64.b64encode(hashlib.sha256(der.stdout).digest()).decode()


def main():
    with tempfile.TemporaryDirectory(prefix="browser-check-") as root:
        folders = {name: pathlib.Path(root, name) for name in ("home", "sshd", "browser", "project")}
        for folder in folders.values():
            folder.mkdir()
        sshd = sshdserver.SshdServer(folders["sshd"])
        with agentprocess.Agent(folders["home"]) as agent:
            agent.post("/api/vault/password", {"password": "a password for a check"})
            plan = {"port": agent.port, "token": agent.token, "user": sshd.user, "key": sshd.key(), "sshPort": sshd.port,
                    "folder": str(folders["project"]),
                    "start": [[one.method, one.path] for one in calls.START for _ in range(one.times)]}
            site = Site(plan, {"change-host-key": sshd.change_host_key})
            browser = subprocess.Popen(
                [shutil.which("chromium"), "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
                 "--disable-background-networking", f"--user-data-dir={folders['browser']}",
                 f"--ignore-certificate-errors-spki-list={pin(agent.certificate)}", f"http://localhost:{site.server_port}/"],
                env=os.environ | {"HOME": str(folders["browser"])}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            passed = failed = 0
            try:
                while (outcome := site.outcomes.get(timeout=PATIENCE))["name"]:
                    failed += bool(outcome["failure"])
                    passed += not outcome["failure"]
                    print("FAIL" if outcome["failure"] else "ok  ", outcome["name"], outcome["failure"] or "", flush=True)
            except queue.Empty:
                failed += 1
                print("FAIL the page says nothing more")
            finally:
                browser.terminate()
                browser.wait(30)
                site.shutdown()
                sshd.close()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
