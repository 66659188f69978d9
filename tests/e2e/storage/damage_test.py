#!/usr/bin/env python3
"""A page deep inside the database went bad while nobody looked: the start does not meet it, the check after the start does."""

import os
import pathlib
import sqlite3
import tempfile
import time
import unittest

from agentprocess import PATIENCE, Agent

PAGE = 4096
PASSWORD = "a good long password"


class DamagedDatabase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = pathlib.Path(folder.name)
        self.agent = Agent(self.home)
        self.addCleanup(self.agent.kill)

    def fill(self):
        """Two rows of `documents` a page. @return the first row of a page in the middle"""
        agent = self.agent.start()
        agent.post("/api/vault/password", {"password": PASSWORD})
        agent.put("/api/settings/mark", "good")
        agent.stop()
        database = sqlite3.connect(agent.database)
        with database:
            database.executemany(
                "INSERT INTO documents (id, name, category, content_type, content) VALUES (?, 'd', 'outputs', 'text', ?)",
                ((str(number), f"document {number:04} " * 130) for number in range(400)))
        database.close()

    def damage(self, change):
        content = bytearray(self.agent.database.read_bytes())
        page = content.index(b"document 0300 ") // PAGE * PAGE
        self.assertEqual((content[page], content[page + 4]), (13, 2), "a leaf of a table with two rows")
        change(content, page)
        self.agent.database.write_bytes(content)

    def wait_for_damage(self):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if damage := self.agent.get("/api/db/info").get("damage"):
                return damage
            time.sleep(0.1)
        self.fail(f"no damage found; the log says {self.agent.log.decode()}")

    def test_it_is_found_reported_and_never_copied_over_good_backups(self):
        self.fill()
        agent = self.agent.start()
        backup = agent.database.with_name("netstacks.db.bak-20260101-000000")
        agent.post("/api/db/export", {"path": str(backup)})
        agent.put("/api/settings/database.backups_kept", 1)
        agent.stop()

        def forget_a_row(content, page):
            content[page + 4] = 1

        self.damage(forget_a_row)  # SQLite reads on without a word, and so would a copy
        agent.start()
        self.assertEqual(agent.get("/api/settings/mark"), "good")
        self.assertIn("age ", self.wait_for_damage())
        self.assertIn(f"netstacks-agent --restore-backup '{backup}'", agent.log.decode())
        # It goes on serving, and makes no copy that would pass for a good one.
        agent.put("/api/settings/mark", "written since")
        agent.post("/api/vault/unlock", {"password": PASSWORD})
        for path, body in (("/api/db/export", {"path": str(self.home / "export.db")}), ("/api/db/reset", None),
                           ("/api/db/path", {"path": str(self.home / "moved.db")}), ("/api/vault/reset", None)):
            answer = agent.request("POST", path, body)
            self.assertEqual(answer.status, 500, path)
            self.assertIn("damaged", answer.json()["error"], path)
        answer = agent.request("PUT", "/api/vault/password", {"old_password": PASSWORD, "new_password": PASSWORD * 2})
        self.assertIn("Nothing was changed", answer.json()["error"])
        self.assertEqual([path.name for path in agent.data_folder.glob("*.bak-*")], [backup.name])
        self.assertFalse((self.home / "export.db").exists() or (self.home / "moved.db").exists())
        agent.stop()

        # The way back that the log names.
        restore = Agent(self.home)
        restore.arguments = ("--restore-backup", str(backup))
        restore.launch()
        self.assertEqual(restore.wait(), 0)
        agent.start()
        self.assertEqual(agent.get("/api/settings/mark"), "good")
        agent.stop()
        rows = sqlite3.connect(agent.database).execute("SELECT count(content) FROM documents").fetchone()
        self.assertEqual(rows, (400,))
        kept = [path for path in agent.data_folder.glob("*.bak-*") if path != backup]
        self.assertEqual(len(kept), 1, "the damaged file is kept too")
        self.assertTrue(backup.exists(), "and does not push out the last sound one")

    def test_a_page_that_cannot_be_read_spoils_only_what_lies_on_it(self):
        self.fill()

        def scramble(content, page):
            content[page:page + 8] = os.urandom(7) + b"\xff"
            content[page] = 0x7f

        self.damage(scramble)
        agent = self.agent.start()
        self.wait_for_damage()
        self.assertEqual(agent.get("/api/settings/mark"), "good")
        agent.put("/api/settings/mark", "still written")
        self.assertEqual(agent.get("/api/settings/mark"), "still written")
        self.assertIn("There is no good backup", agent.log.decode())

    def test_a_sound_database_says_nothing(self):
        self.fill()
        agent = self.agent.start()
        time.sleep(4)  # longer than the check waits; were it slower, it would only prove less
        self.assertEqual(set(agent.get("/api/db/info")), {"path", "dir", "size_bytes"})
        self.assertNotIn(b"damage", agent.log)


if __name__ == "__main__":
    unittest.main(verbosity=2)
