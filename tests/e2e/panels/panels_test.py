#!/usr/bin/env python3
"""The panels of AI, tasks and plans on the built agent, whose vault is never unlocked (contracts 08 and 09)."""

import pathlib
import socket
import sqlite3
import struct
import tempfile
import time
import unittest

from agentprocess import PATIENCE, Agent

DOCS = pathlib.Path(__file__).resolve().parents[3] / "docs"

# What the panels read when they open, and what a fresh database answers.
PANELS = {
    "/api/ai/profile": {"profile": None},
    "/api/ai/profile/status": {"onboarded": False},
    "/api/ai/memory": {"memories": []},
    "/api/ai-conversations": [],
    "/api/agent-definitions": [],
    "/api/tasks": {"tasks": [], "running_count": 0, "max_concurrent": 3},
    "/api/task-approvals": [],
    "/api/changes": [],
    "/api/mop-templates": [],
    "/api/mop-executions": [],
}

# Body to create one, and where it is found again.
SAMPLES = {
    "/api/ai/memory": {"content": "r1 is the core"},
    "/api/ai-conversations": {"messages": [{"role": "user"}]},
    "/api/agent-definitions": {"name": "n", "system_prompt": "p"},
    "/api/changes": {"name": "n", "mop_steps": [], "created_by": "user"},
    "/api/mop-templates": {"name": "n", "mop_steps": [], "created_by": "user"},
    "/api/mop-executions": {"name": "n", "execution_strategy": "sequential", "control_mode": "manual"},
}

OURS = ("/api/ai/profile", "/api/ai/memory", "/api/ai-conversations", "/api/ai/knowledge", "/api/agent-definitions",
        "/api/task", "/api/changes", "/api/snapshots", "/api/mop")


def first_message(agent, path):
    """The first text frame of a WebSocket (RFC 6455), by hand: no library is needed for one message."""
    with socket.create_connection(("127.0.0.1", agent.port), PATIENCE) as raw:
        with agent.trust.wrap_socket(raw, server_hostname="127.0.0.1") as link:
            link.sendall(f"GET {path}?token={agent.token} HTTP/1.1\r\nHost: 127.0.0.1:{agent.port}\r\nUpgrade: websocket\r\n"
                         "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())
            stream = link.makefile("rb")
            status = stream.readline()
            while stream.readline().strip():
                pass
            if b" 101 " not in status:
                return status
            kind, size = struct.unpack("!BB", stream.read(2))
            assert kind == 0x81, kind
            if size == 126:
                size, = struct.unpack("!H", stream.read(2))
            elif size == 127:
                size, = struct.unpack("!Q", stream.read(8))
            return stream.read(size)


class Panels(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = folder.name

    def start(self):
        agent = Agent(self.home).start()
        self.addCleanup(agent.stop)
        return agent

    def test_every_panel_opens_and_keeps_what_it_is_given_while_the_vault_is_locked(self):
        agent = self.start()
        self.assertFalse(agent.get("/api/vault/status")["unlocked"])
        for path, empty in PANELS.items():
            self.assertEqual(agent.get(path), empty, path)
            self.assertEqual(agent.request("GET", path, headers={"Authorization": None}).status, 401, path)
        for path, sample in SAMPLES.items():
            made = agent.post(path, sample)
            self.assertIn(made["id"], agent.request("GET", path).body.decode(), path)
        agent.put("/api/ai/profile", {"name": "Ada"})
        agent.stop()
        again = self.start()
        for path in SAMPLES:
            self.assertNotEqual(again.get(path), PANELS[path], path)
        self.assertEqual(again.get("/api/ai/profile")["profile"]["name"], "Ada")

    def test_every_route_has_its_schemas(self):
        agent = self.start()
        paths = agent.get("/api/openapi.json")["paths"]
        ours = {(path, method): operation for path, methods in paths.items() if path.startswith(OURS)
                for method, operation in methods.items()}
        self.assertGreater(len(ours), 60)
        for (path, method), operation in ours.items():
            with self.subTest(path=path, method=method):
                (status, answer), = ((s, a) for s, a in operation["responses"].items() if s != "default")
                self.assertTrue(operation["summary"])
                if status == "501":
                    continue
                silent = status == "204" or (path, method) == ("/api/agent-definitions/{id}", "put")
                self.assertEqual("content" in answer, not silent)
                if method == "put":
                    self.assertIn("requestBody", operation)

    def test_what_is_not_implemented_says_so_and_is_documented(self):
        agent = self.start()
        status = (DOCS / "status.md").read_text()
        paths = agent.get("/api/openapi.json")["paths"]
        refused = [(method, path) for path, methods in paths.items() for method, operation in methods.items()
                   if "501" in operation["responses"] and path.startswith((*OURS, "/api/ai"))]
        self.assertGreaterEqual(len(refused), 11)
        for method, path in refused:
            answer = agent.request(method.upper(), path.replace("{", "").replace("}", ""), {} if method == "post" else None)
            self.assertEqual((answer.status, answer.json()["code"]), (501, "NOT_IMPLEMENTED"), path)
            self.assertIn(path.rsplit("/", 1)[1], status, "docs/status.md")

    def test_clients_of_another_mode_never_get_a_page(self):
        agent = self.start()
        for path in ("/api/tasks/agent-schedules", "/api/admin/agent-tasks/history", "/api/plugins/profiling-agents",
                     "/api/agents", "/api/ai/status", "/api/ai-profiles"):
            answer = agent.request("GET", path)
            self.assertIn(answer.status, (404, 405), path)
            self.assertNotIn(b"<html", answer.body.lower())

    def test_what_ran_before_a_kill_is_over_in_the_first_message(self):
        agent = self.start()
        execution = agent.post("/api/mop-executions", SAMPLES["/api/mop-executions"])["id"]
        agent.post(f"/api/mop-executions/{execution}/start")
        agent.kill()
        with sqlite3.connect(agent.database) as database:
            database.execute("INSERT INTO agent_tasks (id, prompt, status, created_at, updated_at) VALUES "
                             "('t', 'p', 'running', '2026-01-01T00:00:00.000001+00:00', 'u')")
        database.close()
        again = self.start()
        init = first_message(again, "/ws/tasks")
        self.assertTrue(init.startswith(b'{"type":"init","tasks":[{"id":"t","prompt":"p","status":"failed"'), init)
        self.assertIn(b'"running_count":0,"max_concurrent":3', init)
        self.assertEqual(again.get(f"/api/mop-executions/{execution}")["status"], "paused")

    def test_the_socket_of_tasks_needs_the_token(self):
        agent = self.start()
        agent.token = "0" * 64
        self.assertIn(b" 401 ", first_message(agent, "/ws/tasks"))

    def test_a_whole_chat_is_saved_while_others_are_served(self):
        agent = self.start()
        chat = agent.post("/api/ai-conversations", {})["id"]
        message = {"role": "assistant", "content": "x" * 30_000}
        for count in (100, 200, 300):  # 3, 6 and 9 MB
            begin = time.perf_counter()
            agent.put(f"/api/ai-conversations/{chat}", {"messages": [message] * count})
            print(f"{count * 30 // 1000} MB saved in {(time.perf_counter() - begin) * 1000:.0f} ms")
        self.assertEqual(len(agent.get(f"/api/ai-conversations/{chat}")["messages"]), 300)


if __name__ == "__main__":
    unittest.main()
