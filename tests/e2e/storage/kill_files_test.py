#!/usr/bin/env python3
"""kill -9 while the database is copied, swapped at the start or brought up to date: each file is whole or absent."""

import contextlib
import pathlib
import sqlite3
import unittest

from killrounds import KillRounds, Request, query, sound

GENERATIONS = pathlib.Path(__file__).parents[2] / "unit/storage/generations"
LEFTOVERS = ("*.partial*", "*.moving*", "*-fresh*")


def mark_of(path):
    return query(path, "SELECT value FROM settings WHERE key = 'mark'")[0][0]


class KilledWhileFilesChangePlaces(KillRounds):
    def fill(self, megabytes):
        for number in range(megabytes):
            self.agent.put(f"/api/settings/bulk-{number}", "x" * 1_000_000)

    def test_exports_and_staged_files_are_whole_or_absent(self):
        agent, copy = self.agent.start(), self.home / "copy.db"
        self.fill(3)
        agent.put("/api/settings/mark", "copied")
        agent.post("/api/db/export", {"path": str(copy)})
        for number in self.rounds(30):
            agent.put("/api/settings/mark", f"round {number}")
            target = self.home / f"export-{number}.db"
            is_import = number % 2 == 1
            request = Request(agent, "POST", "/api/db/import" if is_import else "/api/db/export",
                              {"path": str(copy if is_import else target)})
            self.kill_soon()
            sound(agent.database)
            self.assertEqual(mark_of(agent.database), f'"round {number}"')
            if target.exists():
                sound(target)
                self.assertEqual(mark_of(target), f'"round {number}"')
                self.learn(True)
                target.unlink()
            elif not is_import:
                self.assertIsNone(request.status)
                self.learn(False)
            staged = agent.database.with_name("netstacks.db.incoming")
            if staged.exists():
                sound(staged)
                self.assertEqual(mark_of(staged), '"copied"')
            elif is_import:
                self.assertIsNone(request.status)
            expected = '"copied"' if staged.exists() else f'"round {number}"'
            agent.start()
            self.assertEqual(agent.request("GET", "/api/settings/mark").body.decode(), expected)
            self.assertEqual([path for pattern in LEFTOVERS for path in agent.data_folder.glob(pattern)], [])
        self.assert_both_were_met()

    def test_a_swap_at_the_start_leaves_one_of_two_databases(self):
        agent, copy = self.agent.start(), self.home / "copy.db"
        self.fill(2)
        agent.put("/api/settings/mark", "new")
        agent.post("/api/db/export", {"path": str(copy)})
        agent.stop()
        staged = agent.database.with_name("netstacks.db.incoming")
        for _ in self.rounds(20):
            with contextlib.closing(sqlite3.connect(agent.database)) as database, database:
                database.execute("UPDATE settings SET value = 'old' WHERE key = 'mark'")
            staged.write_bytes(copy.read_bytes())
            agent.launch()
            self.kill_soon()
            sound(agent.database)
            self.learn(not staged.exists())
            self.assertEqual(mark_of(agent.database), "old" if staged.exists() else '"new"')
            agent.start()  # finishes what was begun
            self.assertEqual(agent.get("/api/settings/mark"), "new")
            agent.kill()
            backups = [path for path in agent.data_folder.glob("*.bak-*") if path.suffix != ".partial"]
            self.assertIn("old", [mark_of(backup) for backup in backups])
            for backup in backups:
                sound(backup)
                backup.unlink()
        self.assert_both_were_met()

    def test_an_upgrade_at_the_start_leaves_the_old_file_or_the_new_one(self):
        agent = self.agent
        generations = [GENERATIONS / name for name in ("first.sql", "profiles.sql")]
        agent.data_folder.mkdir(parents=True)

        def make(generation):
            for path in agent.data_folder.glob("netstacks.db*"):
                path.unlink()
            with contextlib.closing(sqlite3.connect(agent.database)) as database, database:
                database.executescript("PRAGMA synchronous = OFF; BEGIN;" + generation.read_text().replace("BEGIN;", "") + "; COMMIT;")
            return self.facts()

        make(generations[0])
        agent.start()  # its certificate is there from now on
        agent.kill()
        for number in self.rounds(30):
            before = make(generations[number % len(generations)])
            agent.launch()
            self.kill_soon()
            sound(agent.database)
            is_new = bool(query(agent.database, "SELECT 1 FROM sqlite_master WHERE name = 'nsx_schema'"))
            self.learn(is_new)
            if not is_new:
                self.assertEqual(self.facts(), before)
            agent.start()
            agent.kill()
            sound(agent.database)
            self.assertTrue(query(agent.database, "SELECT 1 FROM sqlite_master WHERE name = 'nsx_schema'"))
            self.assertEqual([path for pattern in LEFTOVERS for path in agent.data_folder.glob(pattern)], [])
        self.assert_both_were_met()

    def facts(self):
        """Schema and rows of the file."""
        with contextlib.closing(sqlite3.connect(self.agent.database)) as database:
            return list(database.iterdump())


if __name__ == "__main__":
    unittest.main(verbosity=2)
