#!/usr/bin/env python3
"""kill -9 while clients write and while sessions are imported: what was answered is there, and nothing is there by half."""

import contextlib
import json
import random
import threading
import unittest

from killrounds import GONE, KillRounds, Request, query, sound


class Writer(threading.Thread):
    """Makes, changes and deletes sessions one after the other until the agent is gone, and remembers what may be there:
    name -> the hosts that a reader may find; None is "no such session"."""

    def __init__(self, agent, number, profile, choices):
        super().__init__(daemon=True)
        self.agent, self.number, self.profile, self.random = agent, number, profile, choices
        self.possible, self.ids, self.answered = {}, {}, 0
        self.link = agent.connect()

    def run(self):
        with contextlib.suppress(*GONE), contextlib.closing(self.link):
            for step in range(100_000):
                self.step(step)

    def step(self, step):
        names = list(self.ids)
        kind = self.random.choice(("create", "update", "delete")) if names else "create"
        name = f"w{self.number}-{step}" if kind == "create" else self.random.choice(names)
        before = self.possible.get(name, {None})
        after = {None if kind == "delete" else f"host-{step}"}
        self.possible[name] = before | after  # from now on until the answer either may be true
        if kind == "create":
            answer = self.ask("POST", "/api/sessions", {"name": name, "host": f"host-{step}", "profile_id": self.profile})
            self.ids[name] = answer["id"]
        elif kind == "update":
            self.ask("PUT", f"/api/sessions/{self.ids[name]}", {"host": f"host-{step}"})
        else:
            self.ask("DELETE", f"/api/sessions/{self.ids.pop(name)}")
        self.possible[name] = after
        self.answered += 1

    def ask(self, method, path, body=None):
        answer = self.agent.request(method, path, body, link=self.link)
        assert answer.status < 300, answer
        return json.loads(answer.body) if answer.body else None


class KilledWhileWriting(KillRounds):
    def test_answered_writes_are_there_and_no_other_is_by_half(self):
        self.agent.start()
        profile = self.agent.post("/api/profiles", {"name": "p", "username": "u"})["id"]
        for _ in self.rounds(50):
            for session in self.agent.get("/api/sessions"):
                self.agent.delete(f"/api/sessions/{session['id']}")
            writers = [Writer(self.agent, number, profile, random.Random(self.random.random())) for number in range(3)]
            self.agent.hang_up()
            for writer in writers:
                writer.start()
            self.kill_soon()
            for writer in writers:
                writer.join()
            self.learn(sum(writer.answered for writer in writers) > 20)
            sound(self.agent.database)
            self.agent.start()
            found = {session["name"]: session["host"] for session in self.agent.get("/api/sessions")}
            for writer in writers:
                for name, hosts in writer.possible.items():
                    self.assertIn(found.pop(name, None), hosts, name)
            self.assertEqual(found, {})
        self.assert_both_were_met()

    def test_an_import_of_sessions_is_there_whole_or_not_at_all(self):
        folders = [{"name": f"folder {n}", "parent_name": f"folder {n - 1}" if n else None} for n in range(10)]
        sessions = [{"name": f"s{n}", "host": "h", "profile_name": "p", "folder_name": f"folder {n % 10}",
                     "snippets": [{"name": "n", "command": "c", "sort_order": 0}] * 3} for n in range(200)]
        body = json.dumps({"version": "1.0", "format": "netstacks-sessions", "sessions": sessions, "folders": folders}).encode()
        self.agent.start()
        self.agent.post("/api/profiles", {"name": "p", "username": "u"})
        self.agent.post("/api/sessions/import", body)
        for _ in self.rounds(25):
            ids = [session["id"] for session in self.agent.get("/api/sessions")]
            self.agent.post("/api/sessions/bulk-delete", {"ids": ids})
            for folder in self.agent.get("/api/folders"):
                if folder["parent_id"] is None:
                    self.agent.delete(f"/api/folders/{folder['id']}")
            request = Request(self.agent, "POST", "/api/sessions/import", body)
            self.kill_soon()
            sound(self.agent.database)
            counts = [query(self.agent.database, f"SELECT count(*) FROM {table}")[0][0] for table in ("sessions", "folders", "snippets")]
            self.assertIn(counts, ([0, 0, 0], [200, 10, 600]))
            if request.status:
                self.assertEqual((request.status, counts), (200, [200, 10, 600]))
            self.learn(counts[0] > 0)
            self.agent.start()
        self.assert_both_were_met()


if __name__ == "__main__":
    unittest.main(verbosity=2)
