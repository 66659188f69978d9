#!/usr/bin/env python3
"""The Terminal's start and its panels against the built agent: every call of calls.py answers what the contract says, with the
types it says, and what the agent's own OpenAPI document says. And the document itself is one that tools can read."""

import asyncio
import concurrent.futures
import json
import pathlib
import sqlite3
import tempfile
import threading
import time
import unittest

import jsonschema
import openapi_spec_validator
from websockets.asyncio.client import connect

from agentprocess import PATIENCE, Agent
from calls import PANELS, POLLED, START
from shapes import faults

PASSWORD = "a good long password"
NOT_THERE = (404, 405, 501)  # 405: the path of a page, which static files answer

# Routes whose answer has no schema in the document, each with the reason.
EMPTY = "the contract has an empty answer"
BY_HAND = "written by hand; the contract has its shape, and its own suite checks it"
WITHOUT_SCHEMA = {
    ("get", "/api/cert/public-key"): "a line of text",
    ("get", "/api/health"): "a word, for probes",
    ("get", "/api/host-keys"): BY_HAND,
    ("delete", "/api/host-keys"): BY_HAND,
    ("get", "/api/host-keys/prompts"): BY_HAND,
    ("get", "/api/sessions/{id}/jump-dependents"): BY_HAND,
    ("get", "/api/settings/{key}"): "any JSON",
    ("post", "/api/scripts/{id}/stream"): "server-sent events",
    ("post", "/api/local/run-python"): "server-sent events",
    ("post", "/local/run-python"): "server-sent events",
    ("post", "/api/enrichment/export"): "TOML",
    ("get", "/api/sftp/{id}/download"): "the file's bytes",
    ("post", "/api/sftp/{id}/mkdir"): EMPTY,
    ("post", "/api/sftp/{id}/upload"): EMPTY,
    ("put", "/api/agent-definitions/{id}"): EMPTY,
    ("put", "/api/topologies/{id}"): EMPTY,
    ("put", "/api/topologies/{id}/devices/{device_id}/details"): EMPTY,
    ("put", "/api/topologies/{id}/devices/{device_id}/position"): EMPTY,
    ("put", "/api/topologies/{id}/devices/{device_id}/type"): EMPTY,
    ("put", "/api/topologies/{id}/move"): EMPTY,
    ("put", "/api/topologies/{id}/share"): EMPTY,
    ("get", "/api/openapi.json"): "it is this document",
    ("get", "/api/dev/routes"): "for development, in builds for it alone",
    ("get", "/api/recordings/{id}/data"): "an asciicast, not JSON",
}


def fill(agent):
    """One of each thing. @return the ids that paths of calls.py name"""
    made = {}

    def make(name, path, body):
        made[name] = agent.post(path, body)["id"]
        return made[name]

    agent.post("/api/vault/password", {"password": PASSWORD})
    profile = make("profile", "/api/profiles", {"name": "lab", "username": "joe"})
    folder = make("folder", "/api/folders", {"name": "site"})
    session = make("session", "/api/sessions", {"name": "r1", "host": "192.0.2.1", "profile_id": profile, "folder_id": folder,
                                                "auto_commands": ["show clock"],
                                                "port_forwards": [{"id": "f", "local_port": 1, "remote_host": "h", "remote_port": 2}]})
    make("history", "/api/history", {"host": "192.0.2.1", "username": "joe", "session_id": session})
    tabs = [{"type": "terminal", "session_id": session}, {"type": "document", "document_id": "gone", "document_name": "n"}]
    make("group", "/api/groups", {"name": "g", "tabs": tabs, "default_launch_action": "ask"})
    make("layout", "/api/layouts", {"name": "l", "session_ids": [session], "orientation": "vertical", "tabs": tabs, "sizes": [50, 50.5]})
    make("snippet", "/api/snippets", {"name": "s", "command": "show version"})
    make("key", "/api/mapped-keys", {"key_combo": "F5", "command": "show clock", "description": "d"})
    make("secret_key", "/api/mapped-keys", {"key_combo": "F6", "command": "enable", "is_secret": True})
    make("command", "/api/custom-commands", {"name": "ping", "command": "ping {value}", "detection_types": '["ipv4"]'})
    make("prompt", "/api/quick-prompts", {"name": "p", "prompt": "Why?"})
    make("rule", "/api/highlight-rules", {"name": "error", "pattern": "error", "foreground": "#FF0000"})
    make("own_rule", "/api/highlight-rules", {"name": "own", "pattern": "x", "session_id": session})
    make("document", "/api/docs", {"name": "d", "category": "outputs", "content_type": "text", "content": "one", "session_id": session})
    agent.put(f"/api/docs/{made['document']}", {"content": "two"})
    make("template", "/api/docs", {"name": "t", "category": "templates", "content_type": "jinja", "content": "hostname {{ name }}"})
    make("note", "/api/docs", {"name": "n", "category": "notes", "content_type": "markdown", "content": "secret"})
    make("log", "/api/docs", {"name": "log", "category": "outputs", "content_type": "text", "content": "x", "parent_folder": "logs"})
    make("recording", "/api/recordings", {"name": "r", "session_id": session})
    make("context", f"/api/sessions/{session}/context", {"issue": "i", "author": "me"})
    make("memory", f"/api/sessions/{session}/device-memory/entries",
         {"date": "2026-07-01", "source": "manual", "author": "me", "content": "c"})
    make("topology", "/api/topologies", {"name": "core"})
    make("script", "/api/scripts", {"name": "s", "content": "print(1)"})
    make("tunnel", "/api/tunnels", {"name": "t", "host": "192.0.2.1", "profile_id": profile, "local_port": 1, "remote_host": "h",
                                    "remote_port": 2})
    return made


def multiply_sessions(database, count):
    """As many sessions as people have, copied from the one that is there."""
    with sqlite3.connect(database) as rows:
        columns = [row[1] for row in rows.execute("PRAGMA table_info(sessions)") if row[1] not in ("id", "name")]
        rows.execute(f"WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i <= {count}) "
                     f"INSERT INTO sessions (id, name, {', '.join(columns)}) "
                     f"SELECT 'session-' || i, 'r' || i, {', '.join(columns)} FROM n, (SELECT * FROM sessions LIMIT 1)")
    rows.close()


class TheTerminalStarts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.agent = Agent(pathlib.Path(folder.name))
        cls.addClassCleanup(cls.agent.kill)
        cls.ids = fill(cls.agent.start())
        cls.agent.stop()
        multiply_sessions(cls.agent.database, 1000)
        cls.agent.start()
        cls.agent.post("/api/vault/unlock", {"password": PASSWORD})
        cls.document = cls.agent.get("/api/openapi.json")

    @classmethod
    def tearDownClass(cls):
        cls.agent.stop()  # with its verdict

    def operation(self, method, path):
        """What the document says of a call: its template and operation, or None."""
        wanted, found = path.partition("?")[0].split("/"), []
        for template, operations in self.document["paths"].items():
            parts = template.split("/")
            if len(parts) == len(wanted) and method.lower() in operations and all(
                    part == given or part.startswith("{") for part, given in zip(parts, wanted)):
                found.append((sum(part.startswith("{") for part in parts), template))
        return self.document["paths"][min(found)[1]][method.lower()] if found else None

    def fits_the_document(self, method, path, answer):
        """The document's schema of the answer, which tools make their code of."""
        operation = self.operation(method, path)
        self.assertIsNotNone(operation, f"{method} {path} is not in the document")
        self.assertIn(str(answer.status), operation["responses"], f"{method} {path}")
        content = operation["responses"][str(answer.status)].get("content", {}).get("application/json")
        if content:
            schema = {"components": self.document["components"], **content["schema"]}
            jsonschema.Draft202012Validator(schema).validate(answer.json())

    def replay(self, call, link=None):
        """@return whether the call is served"""
        path = call.path.format(**self.ids)
        answer = self.agent.request(call.method, path, call.body, link=link)
        if call.later and answer.status in NOT_THERE:
            return False
        self.assertEqual(answer.status, call.status, f"{call} {answer}")
        if call.shape:
            self.assertEqual(faults(call.shape, answer.json() if answer.body else None), [], call)
        self.fits_the_document(call.method, path, answer)
        return True

    def test_the_burst_of_the_start(self):
        """All at once on six connections, as a browser does."""
        waiting = [call for call in START for _ in range(call.times)]
        lock, later = threading.Lock(), set()

        def work():
            link = self.agent.connect()
            try:
                while True:
                    with lock:
                        if not waiting:
                            return
                        call = waiting.pop(0)
                    if not self.replay(call, link):
                        later.add(f"{call} ({call.later})")
            finally:
                link.close()

        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            for done in [pool.submit(work) for _ in range(6)]:
                done.result()
        self.assertEqual(len(self.agent.get("/api/sessions")), 1001)
        print("not served yet:", ", ".join(sorted(later)) or "nothing", flush=True)

    def test_what_panels_ask(self):
        for panel, calls in PANELS.items():
            for call in calls:
                with self.subTest(panel=panel, call=str(call)):
                    if not self.replay(call):
                        print(f"not served yet: {panel}: {call} ({call.later})", flush=True)

    def test_a_locked_vault_stops_no_list(self):
        self.agent.post("/api/vault/lock")
        self.addCleanup(self.agent.post, "/api/vault/unlock", {"password": PASSWORD})
        for call in START:
            self.replay(call)
        notes = self.agent.get("/api/docs?category=notes")
        self.assertEqual([(note["content"], note["locked"]) for note in notes], [("", True)])
        self.assertEqual(self.agent.status("GET", f"/api/mapped-keys/{self.ids['secret_key']}/reveal"), 403)

    def test_tasks_are_told_of_by_a_web_socket(self):
        async def first_message():
            url = f"wss://127.0.0.1:{self.agent.port}/ws/tasks?token={self.agent.token}"
            async with connect(url, ssl=self.agent.trust, open_timeout=PATIENCE) as socket:
                return json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))["type"]

        self.assertEqual(asyncio.run(first_message()), "init")

    def test_what_is_polled_does_not_wait_for_the_database(self):
        """While the database's thread waits for a lock that we hold, polls are answered and the writer is not."""
        for path in POLLED:
            for _ in range(5):  # on a busy machine the writer may give up before the poll was even sent
                if self.is_answered_without_the_database(path):
                    break
            else:
                self.fail(f"{path} waits for the database")

    def is_answered_without_the_database(self, path):
        other = sqlite3.connect(self.agent.database, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        answered = threading.Event()

        def write():
            link = self.agent.connect()
            self.agent.request("POST", "/api/quick-prompts", {"name": "w", "prompt": "p"}, link=link)
            answered.set()
            link.close()

        poll = self.agent.connect()
        self.agent.request("GET", path, link=poll)  # connected, and warm
        writer = threading.Thread(target=write)
        writer.start()
        try:
            answered.wait(0.5)  # it has reached the database's thread by then, nearly always
            self.agent.request("GET", path, link=poll)
            return not answered.is_set()
        finally:
            other.execute("ROLLBACK")
            other.close()
            writer.join()
            poll.close()

    def test_the_document_is_valid(self):
        openapi_spec_validator.validate(self.document)
        names = [operation["operationId"] for path in self.document["paths"].values() for operation in path.values()]
        self.assertEqual(len(names), len(set(names)), "an operation's name is its own")

    def test_every_route_is_described(self):
        listed = self.agent.request("GET", "/api/dev/routes")
        if listed.status == 200:  # only debug builds list them
            for route in listed.json():
                path = "/".join("{" + part[1:] + "}" if part[:1] in (":", "*") else part for part in route["path"].split("/"))
                described = self.document["paths"].get(path, {}).keys()
                self.assertEqual(described, {method.lower() for method in route["methods"]}, path)
        bare = []
        for path, operations in self.document["paths"].items():
            for method, operation in operations.items():
                self.assertTrue(operation.get("summary"), f"{method} {path} says not what it does")
                (status, success), = [(code, answer) for code, answer in operation["responses"].items() if code != "default"]
                if "content" not in success and status in ("200", "201") and (method, path) not in WITHOUT_SCHEMA:
                    bare.append(f"{method} {path}")
        self.assertEqual(bare, [], "answers without a schema")


if __name__ == "__main__":
    unittest.main(verbosity=2)
