#!/usr/bin/env python3
"""Plants a unique text in every field that takes a secret, drives the ways that succeed and those that fail, with the logs as
talkative as they get, and then looks for it wherever a program could leave it (docs/security.md)."""

import asyncio
import json
import os
import pathlib
import tempfile
import unittest
import urllib.parse

# Not the client for threads: it reads and writes one TLS object from two of them, and then now and then hears nothing.
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

import sshdserver
from agentprocess import PATIENCE, Agent
from sentinels import Sentinels, files_below, processes
from webserver import WebServer

LOUD = {"RUST_LOG": "trace", "QT_LOGGING_RULES": "*.debug=true\n*.info=true"}

MAIL_SERVER = {"host": "mail.example.net", "port": 587, "username": "joe", "use_tls": True, "from_email": "joe@example.net"}


class Recorder(Agent):
    """Keeps whatever the agent answers."""

    def __init__(self, *arguments, **more):
        super().__init__(*arguments, **more)
        self.answers = []

    def request(self, *arguments, **more):
        answer = super().request(*arguments, **more)
        self.answers.append(answer.body + repr(answer.headers).encode())
        return answer

    def secret(self, path):
        """An answer whose purpose is to hold a secret."""
        return json.loads(super().request("GET", path).body)

    def terminal(self, **query):
        """Opens a terminal. @return the type of its first message, or the status of a refusal"""
        return asyncio.run(self._terminal(urllib.parse.urlencode(query | {"cols": 80, "rows": 24, "token": self.token})))

    async def _terminal(self, words):
        url = f"wss://127.0.0.1:{self.port}/ws/terminal?{words}"
        try:
            async with connect(url, ssl=self.trust, open_timeout=PATIENCE) as socket:
                while True:
                    message = await asyncio.wait_for(socket.recv(), PATIENCE)
                    self.answers.append(message.encode() if isinstance(message, str) else message)
                    verdict = json.loads(message)["type"].lower()
                    if verdict in ("connected", "output", "error", "disconnected", "close"):
                        self.seen_processes |= processes([self.pid, *self.descendants()])
                        return verdict
        except InvalidStatus as refused:
            self.answers.append(bytes(refused.response.body or b""))
            return refused.response.status_code
        except ConnectionClosed:
            return "closed"

    seen_processes = {}


def spoiled(body, field, text):
    """Bodies that hold `text` and are wrong, each with its headers: of a wrong type, cut, not JSON, not UTF-8, unsolicited."""
    def with_value(value):
        return json.dumps(body | {field: value}).encode()

    whole = with_value(text)
    for value in ({text: text}, [[text]], {field: [text]}):
        yield with_value(value), {}
    yield json.dumps(body | {text: 1, field: 17}).encode(), {}
    yield whole[:-1], {}
    yield whole[:-2], {}
    yield whole + whole, {}
    yield whole.replace(b'": ', b'" '), {}
    yield whole[:-2] + b"\xff\"}", {}
    yield whole[:-2] + b"\\ud800\"}", {}
    yield json.dumps(text).encode(), {}
    yield whole, {"Content-Type": "text/plain"}
    yield whole, {"Content-Type": None}
    yield whole, {"Authorization": "Bearer wrong"}
    yield f"{field}={text}".encode(), {"Content-Type": "application/x-www-form-urlencoded"}


class SecretsStayWhereTheyBelong(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home, self.outside = pathlib.Path(folder.name, "home"), pathlib.Path(folder.name, "servers")
        self.home.mkdir()
        self.outside.mkdir()
        self.sentinels = Sentinels()
        self.agent = Recorder(self.home, environment=LOUD)
        self.addCleanup(self.agent.kill)

    def search(self, stage):
        """Everything that is there now."""
        places = files_below(self.home) | self.agent.seen_processes
        places |= processes([self.agent.pid, *self.agent.descendants()])
        places |= {f"answer {number}: {answer[:200]!r}": answer for number, answer in enumerate(self.agent.answers)}
        self.assertEqual(self.sentinels.found_in(places), [], stage)

    def secret_routes(self, profile, session, key, resource):
        """Method, path, body without the secret, field, whether it takes a list."""
        yield "POST", "/api/vault/password", {}, "password", False
        yield "PUT", "/api/vault/password", {"old_password": "not the right one"}, "new_password", False
        yield "PUT", "/api/vault/password", {"new_password": "not the right one"}, "old_password", False
        yield "POST", "/api/vault/biometric/enable", {}, "password", False
        for field in ("password", "key_passphrase"):
            yield "PUT", f"/api/profiles/{profile}/credential", {}, field, False
            yield "POST", f"/api/credentials/{session}", {}, field, False
        yield "PUT", f"/api/profiles/{profile}/credential", {}, "snmp_communities", True
        yield "PUT", "/api/vault/api-keys/ai.openai", {}, "api_key", False
        yield "PUT", "/api/vault/api-keys/netbox", {}, "api_key", False
        yield "POST", "/api/mapped-keys", {"key_combo": "F9", "is_secret": True}, "command", False
        yield "PUT", f"/api/mapped-keys/{key}", {"is_secret": True}, "command", False
        yield "POST", "/api/docs", {"name": "n", "category": "notes", "content_type": "text"}, "content", False
        yield "POST", "/api/mcp/servers", {"name": "m", "command": "npx"}, "auth_token", False
        yield "PUT", f"/api/mcp/servers/{self.mcp_server}", {"name": "m"}, "auth_token", False
        yield "POST", "/api/smtp/config", MAIL_SERVER, "password", False
        yield "POST", "/api/workspace/git/accounts/create", {"name": "g", "provider": "github"}, "credential", False
        yield "POST", "/api/workspace/git/accounts/update", {"id": self.git_account}, "credential", False
        for later in ("smtp/test", "netbox/test"):  # refused before anybody reads them
            yield "POST", f"/api/{later}", MAIL_SERVER, "token", False
        for field in ("auth_token", "auth_username", "auth_password"):
            yield "POST", "/api/api-resources", {"name": "r", "base_url": "http://127.0.0.1:1"}, field, False
            yield "PUT", f"/api/api-resources/{resource}", {}, field, False

    def drive_failures(self, stage, profile, session, key, resource):
        agent = self.agent
        for method, path, body, field, is_list in self.secret_routes(profile, session, key, resource):
            planted = self.sentinels.new(f"{field} of {method} {path} ({stage})")
            for wrong, headers in spoiled(body, field, planted.text):
                answer = agent.request(method, path, wrong, headers)
                self.assertGreaterEqual(answer.status, 400, (stage, method, path, wrong[:200], headers))
                agent.hang_up()  # a refused body ends some connections
            for times in (100, 5_000, 200_000) if path != "/api/docs" else ():  # too long for some routes only
                agent.request(method, path, body | {field: planted.text * times})
                agent.hang_up()
            if stage != "unlocked":
                right = body | {field: [planted.text] if is_list else planted.text}
                if (method, path, stage) != ("POST", "/api/vault/password", "no password"):
                    self.assertGreaterEqual(agent.status(method, path, right), 400, (stage, method, path))
        unknown = self.sentinels.new(f"secrets for who is not there ({stage})").text
        for method, path, body in (("PUT", "/api/profiles/none/credential", {"password": unknown}),
                                   ("POST", "/api/credentials/none", {"password": unknown}),
                                   ("PUT", "/api/mapped-keys/none", {"command": unknown, "is_secret": True}),
                                   ("PUT", "/api/mcp/servers/none", {"auth_token": unknown}),
                                   ("POST", "/api/workspace/git/accounts/update", {"id": "none", "credential": unknown}),
                                   ("PUT", "/api/api-resources/none", {"auth_token": unknown})):
            self.assertGreaterEqual(agent.status(method, path, body), 400)
        self.search(stage)

    def keep_notes(self):
        """Secure notes through all that can be done with them; their answers hold the text, for that they are there.
        @return the ids of one and of a version of it"""
        agent, first = self.agent, self.sentinels.new("note")
        note = json.loads(Agent.request(agent, "POST", "/api/docs", {
            "name": "n", "category": "notes", "content_type": "text", "content": first.text}).body)["id"]
        for times in (1, 3, 2_000, 1, 5):
            text = self.sentinels.new(f"note, {times} times").text * times
            self.assertEqual(Agent.request(agent, "PUT", f"/api/docs/{note}", {"content": text}).status, 200)
        versions = [version["id"] for version in agent.get(f"/api/docs/{note}/versions")]
        self.assertEqual(len(versions), 5)
        self.assertEqual(Agent.request(agent, "POST", f"/api/docs/{note}/restore/{versions[2]}").status, 200)
        self.assertEqual(agent.secret(f"/api/docs/versions/{versions[4]}")["content"], first.text)
        agent.post("/api/vault/lock")
        self.assertEqual([found["content"] for found in agent.get("/api/docs")], [""])
        self.assertEqual(agent.status("GET", f"/api/docs/versions/{versions[4]}"), 403)
        agent.post("/api/vault/unlock", {"password": self.master.text})
        return note, versions[4]

    def test_1_no_secret_leaves_its_place(self):
        agent, new = self.agent.start(), self.sentinels.new
        token = new("launch token")
        token.core = agent.token
        profile = agent.post("/api/profiles", {"name": "p", "username": "joe"})["id"]
        session = agent.post("/api/sessions", {"name": "s", "host": "127.0.0.1", "profile_id": profile})["id"]
        key = agent.post("/api/mapped-keys", {"key_combo": "F1", "command": "show clock"})["id"]
        self.mcp_server = agent.post("/api/mcp/servers", {"name": "m", "command": "npx"})["id"]
        self.git_account = agent.post("/api/workspace/git/accounts/create", {"name": "g", "provider": "github"})["id"]
        resource = agent.post("/api/api-resources", {"name": "r", "base_url": "http://127.0.0.1:1"})["id"]
        self.drive_failures("no password", profile, session, key, resource)

        master, later = new("master password"), new("changed master password")
        self.master = master
        agent.post("/api/vault/password", {"password": master.text})
        agent.post("/api/vault/lock")
        self.drive_failures("locked", profile, session, key, resource)
        agent.stop()  # the limiter starts anew
        self.search("stopped")
        agent.start()
        token.core = agent.token
        self.assertEqual(agent.status("POST", "/api/vault/unlock", {"password": new("wrong master password").text}), 401)
        self.assertEqual(agent.status("POST", "/api/vault/wipe", {"confirm_password": new("wrong wipe password").text}), 401)
        agent.post("/api/vault/unlock", {"password": master.text})
        self.drive_failures("unlocked", profile, session, key, resource)

        device, phrase, community = new("profile password"), new("key passphrase"), new("SNMP community")
        agent.put(f"/api/profiles/{profile}/credential", {"password": device.text, "key_passphrase": phrase.text,
                                                          "snmp_communities": [community.text, new("second community").text]})
        agent.put(f"/api/profiles/{profile}/credential", {"password": new("changed profile password").text})
        agent.post(f"/api/credentials/{session}", {"password": new("session password").text,
                                                   "key_passphrase": new("session passphrase").text})
        openai = new("API key")
        agent.put("/api/vault/api-keys/ai.openai", {"api_key": openai.text})
        self.assertEqual(agent.secret("/api/vault/api-keys/ai.openai"), {"api_key": openai.text})
        secret_key = new("mapped secret")
        made = agent.post("/api/mapped-keys", {"key_combo": "F2", "command": secret_key.text, "is_secret": True})["id"]
        self.assertEqual(agent.secret(f"/api/mapped-keys/{made}/reveal"), {"command": secret_key.text})
        agent.put(f"/api/mapped-keys/{made}", {"command": new("changed mapped secret").text})
        agent.put(f"/api/mapped-keys/{key}", {"command": new("plain key made secret").text, "is_secret": True})
        note, version = self.keep_notes()
        agent.put(f"/api/mcp/servers/{self.mcp_server}", {"auth_token": new("MCP token").text})
        agent.put(f"/api/mcp/servers/{self.mcp_server}", {"auth_token": new("changed MCP token").text})
        mail = new("mail password")
        agent.post("/api/smtp/config", MAIL_SERVER | {"password": mail.text})
        self.assertEqual(agent.secret("/api/vault/api-keys/smtp_password"), {"api_key": mail.text})
        agent.post("/api/workspace/git/accounts/update", {"id": self.git_account, "credential": new("git credential").text})
        agent.put(f"/api/api-resources/{resource}", {"auth_token": new("resource token").text, "auth_username": new("its user").text})
        agent.put(f"/api/api-resources/{resource}", {"auth_password": new("its password").text})
        self.search("stored")

        agent.put("/api/vault/password", {"old_password": master.text, "new_password": later.text})  # makes a backup
        for name, vault in (("full", True), ("shareable", False)):
            agent.post("/api/db/export", {"path": str(self.home / f"{name}.db"), "include_vault": vault})
        self.assertEqual(agent.status("POST", "/api/db/export", {"path": "/proc/none/x.db"}), 500)
        agent.post("/api/db/import", {"path": str(self.home / "full.db")})
        agent.get("/api/sessions/export")
        self.search("copied")
        agent.stop()
        agent.start()  # imports
        token.core = agent.token
        agent.post("/api/vault/unlock", {"password": later.text})
        agent.delete(f"/api/mapped-keys/{made}")
        self.assertEqual(agent.secret(f"/api/docs/versions/{version}")["document_id"], note)
        agent.delete(f"/api/docs/{note}")
        agent.post("/api/vault/reset")  # makes a backup
        self.search("reset")
        self.assertIn(b"DEBUG", agent.log)
        self.assertIn(b"qt.", agent.log, "Qt's own logs are on")
        agent.stop()
        self.search("ended")

    def test_2_a_plain_command_that_became_secret_does_not_linger(self):
        agent, plain = self.agent.start(), self.sentinels.new("once plain command")
        agent.post("/api/vault/password", {"password": "a good long password"})
        key = agent.post("/api/mapped-keys", {"key_combo": "F7", "command": plain.text})["id"]
        self.assertNotEqual(self.sentinels.found_in(files_below(self.home)), [], "the search finds what is there")
        agent.answers.clear()
        self.assertEqual(agent.put(f"/api/mapped-keys/{key}", {"is_secret": True})["command"], "")
        self.assertEqual(agent.secret(f"/api/mapped-keys/{key}/reveal"), {"command": plain.text})
        self.search("made secret")
        agent.stop()
        self.search("ended")

    @unittest.skipUnless(sshdserver.is_installed(), "no OpenSSH server here")
    def test_3_what_logs_in_to_a_device_stays_inside(self):
        agent, new = self.agent.start(), self.sentinels.new
        token = new("launch token")
        token.core = agent.token
        vault = {"password": "a good long password"}
        agent.post("/api/vault/password", vault)
        right, wrong, phrase = new("device password"), new("wrong device password"), new("passphrase of a key file")
        profile = agent.post("/api/profiles", {"name": "device", "username": "joe"})["id"]
        folder = self.outside / "asyncssh"
        folder.mkdir()
        with sshdserver.PythonSshServer(folder, {"password": right.text}) as server:
            session = agent.post("/api/sessions", {"name": "device", "host": "127.0.0.1", "port": server.port,
                                                   "profile_id": profile})["id"]
            ad_hoc = {"type": "ssh", "host": "127.0.0.1", "port": server.port, "username": "joe"}
            self.assertEqual(agent.terminal(**ad_hoc, password=right.text), "connected")
            self.assertEqual(agent.terminal(**ad_hoc, password=wrong.text), "error")
            self.assertEqual(agent.terminal(**ad_hoc | {"port": 1}, password=wrong.text), "error")
            self.assertEqual(agent.terminal(**ad_hoc | {"port": wrong.text}, password=wrong.text), 400)
            self.assertEqual(agent.terminal(**ad_hoc, password=right.text, key_path="/no/such/key"), "error")
            self.assertEqual(agent.terminal(type=wrong.text, password=wrong.text), 400)
            for secret, verdict in ((right, "connected"), (wrong, "error")):
                agent.put(f"/api/profiles/{profile}/credential", {"password": secret.text})
                self.assertEqual(agent.terminal(type="ssh", session_id=session), verdict)
            agent.post("/api/vault/lock")
            self.assertEqual(agent.terminal(type="ssh", session_id=session), "error")
            agent.post("/api/vault/unlock", vault)
        folder = self.outside / "openssh"
        folder.mkdir()
        server = sshdserver.SshdServer(folder, {"client": phrase.text})
        self.addCleanup(server.close)
        with_key = agent.post("/api/profiles", {"name": "key", "username": server.user, "auth_type": "key",
                                                "key_path": server.key()})["id"]
        session = agent.post("/api/sessions", {"name": "key", "host": "127.0.0.1", "port": server.port,
                                               "profile_id": with_key})["id"]
        for secret, verdict in ((phrase, "connected"), (wrong, "error")):
            agent.put(f"/api/profiles/{with_key}/credential", {"key_passphrase": secret.text})
            self.assertEqual(agent.terminal(type="ssh", session_id=session), verdict)
        self.assertEqual(agent.terminal(type="local"), "output")
        self.assertTrue(any(int(place.split("/")[2]) != agent.pid for place in agent.seen_processes), "a shell was looked at")
        self.search("logged in")
        agent.stop()
        self.search("ended")

    def test_4_what_logs_in_to_a_web_service_stays_inside(self):
        agent, new = self.agent.start(), self.sentinels.new
        token = new("launch token")
        token.core = agent.token
        vault = {"password": "a good long password"}
        agent.post("/api/vault/password", vault)
        # Cores only: what a header holds is ASCII.
        user, right, wrong = new("user").core, new("password").core, new("wrong password").core
        issued, bearer = new("token of a login").core, new("bearer token").core
        steps = [{"method": "POST", "path": "/login", "use_basic_auth": True, "extract_path": "data.keys[0].api_key",
                  "store_as": "session"}]
        with WebServer(WEBSERVER_USER=user, WEBSERVER_PASSWORD=right, WEBSERVER_TOKEN=issued) as server:
            def resource(**fields):
                return agent.post("/api/api-resources", {"name": "r", "base_url": server.url} | fields)["id"]

            def run(resource, path, success, **more):
                answer = agent.post("/api/quick-actions/execute-inline",
                                    {"api_resource_id": resource, "method": "GET", "path": path} | more)
                self.assertEqual(answer["success"], success, answer)
                return answer

            plain = resource(auth_type="bearer_token", auth_token=bearer, auth_username=user, auth_password=right)
            run(plain, "/devices?user={{username}}&p={{password}}", True, headers={"X-Mine": "{{token}}", "X-Both": "a{{password}}"})
            run(plain, "/{{password}}/{{token}}", False)
            run(plain, "/hangup", False)
            run(plain, "/redirect?to=http://169.254.169.254/{{token}}", False)
            run(plain, "/devices", False, headers={"X Y": "{{token}}"})
            for kind in ("basic", "api_key_header", "custom_header"):
                agent.put(f"/api/api-resources/{plain}", {"auth_type": kind, "auth_header_name": "X-Odd", "auth_header_prefix": "k "})
                run(plain, "/devices", True)
            flow = resource(auth_type="multi_step", auth_flow=steps, auth_username=user, auth_password=right, test_path="/guarded",
                            custom_headers=[{"name": "Authorization", "value": "Bearer {{session}}"}])
            run(flow, "/guarded", True)
            run(flow, "/never", False)
            self.assertTrue(agent.post(f"/api/api-resources/{flow}/test")["success"])
            inline = {"id": "inline-test", "base_url": server.url, "auth_type": "multi_step", "auth_flow": steps}
            for path in ("test-inline", "test-step-inline"):
                tried = agent.post(f"/api/api-resources/{path}", {"resource": inline, "step_index": 0,
                                                                  "credentials": {"username": user, "password": wrong}})
                self.assertFalse(tried["success"])
                agent.request("POST", f"/api/api-resources/{path}", {"resource": 7, "credentials": {"token": [wrong]}})
            agent.put(f"/api/api-resources/{flow}", {"auth_password": wrong})
            run(flow, "/guarded", False)
            agent.post("/api/vault/lock")
            run(flow, "/guarded", False)
            agent.post("/api/vault/unlock", vault)
            agent.put(f"/api/api-resources/{flow}", {"auth_password": right})
            run(flow, "/guarded", True)
        run(flow, "/guarded", False)
        self.search("called")
        agent.delete(f"/api/api-resources/{plain}")
        agent.stop()
        self.search("ended")


class TheSearch(unittest.TestCase):
    def test_finds_every_form(self):
        import base64
        sentinels = Sentinels()
        planted = sentinels.new("planted")
        core = planted.core.encode()
        forms = [core, json.dumps(planted.text).encode(), planted.text.encode(), planted.text.encode("utf-16"), core.hex().encode(),
                 urllib.parse.quote(planted.text).encode()]
        forms += [base64.b64encode(b"x" * shift + planted.text.encode() + b"tail") for shift in range(4)]
        for form in forms:
            self.assertNotEqual(sentinels.found_in({"here": b"before" + form + b"after"}), [], form)
        self.assertEqual(sentinels.found_in({"here": b"Zq" + os.urandom(1000)}), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
