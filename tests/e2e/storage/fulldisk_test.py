#!/usr/bin/env python3
"""The built agent on disks that are full or may not be written: it says so, keeps what it had, goes on with what it can, and
recovers. The disks are small tmpfs mounts in a name space of mounts that ends with this program."""

import contextlib
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import unittest

from agentprocess import Agent

OWN_MOUNTS = "AGENT_TEST_HAS_OWN_MOUNTS"
NOBODY = 65534
PASSWORD, OTHER_PASSWORD = "a good long password", "another good password"


def mount(*words):
    subprocess.run(["mount", *map(str, words)], check=True, capture_output=True)


class SmallDisk(unittest.TestCase):
    """A home on a disk of its own; the agent's log lies elsewhere."""

    size = "12m"

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home, self.elsewhere = pathlib.Path(folder.name, "home"), pathlib.Path(folder.name, "elsewhere")
        self.home.mkdir()
        self.elsewhere.mkdir()
        os.chmod(folder.name, 0o755)
        mount("-t", "tmpfs", "-o", f"size={self.size},mode=755", "tmpfs", self.home)
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.home], check=True)
        self.agent = self.make_agent()
        self.ballast = self.home / "ballast"

    def make_agent(self, **more):
        agent = Agent(self.home, **more)
        agent.log_file = self.elsewhere / "agent.log"
        self.addCleanup(agent.kill)
        return agent

    def fill_disk(self):
        """Takes every byte that is left."""
        with open(self.ballast, "ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(1 << 20))
        with open(self.ballast, "ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(1024))

    def files(self):
        return sorted(path.name for path in self.agent.data_folder.iterdir())

    def assert_error(self, answer, *words, status=None):
        self.assertGreaterEqual(answer.status, 500, answer)
        if status:
            self.assertEqual(answer.status, status, answer)
        for word in words:
            self.assertIn(word, answer.json()["error"], answer)

    def ends_with(self, *words):
        """A start that must fail with a reason."""
        self.agent.launch()
        self.assertEqual(self.agent.wait(), 1)
        text = self.agent.log[self.agent.log_begin:].decode()
        for word in words:
            self.assertIn(str(word), text)
        self.assertNotIn("--restore-backup", text, "nobody is talked into an older state")

    def assert_sound(self, path=None):
        with contextlib.closing(sqlite3.connect(path or self.agent.database)) as database:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])


class FullDisk(SmallDisk):
    def test_a_disk_that_fills_up_costs_nothing_that_was_answered(self):
        agent = self.agent.start()
        agent.post("/api/vault/password", {"password": PASSWORD})
        agent.put("/api/vault/api-keys/ai.openai", {"api_key": "sk-1"})
        profile = agent.post("/api/profiles", {"name": "p", "username": "u"})["id"]
        self.ballast.write_bytes(bytes(5 << 20))
        stored, value = 0, json.dumps("x" * 200_000).encode()
        while (answer := agent.request("PUT", f"/api/settings/bulk-{stored}", value)).status == 204:
            stored += 1
            self.assertLess(stored, 100, "the disk never fills up")
        self.assert_error(answer, "full", status=507)
        self.assertEqual(answer.json()["code"], "DATABASE_ERROR")

        # What needs no room goes on.
        self.fill_disk()
        self.assertEqual(len(agent.get(f"/api/settings/bulk-{stored - 1}")), 200_000)
        self.assertIsNone(agent.get(f"/api/settings/bulk-{stored}"))
        self.assertEqual([found["id"] for found in agent.get("/api/profiles")], [profile])
        agent.post("/api/vault/lock")
        agent.post("/api/vault/unlock", {"password": PASSWORD})
        self.assertEqual(agent.get("/api/vault/api-keys/ai.openai"), {"api_key": "sk-1"})
        export = self.elsewhere / "export.db"  # another disk
        agent.post("/api/db/export", {"path": str(export)})
        self.assert_sound(export)

        # What needs room says so and leaves nothing behind.
        before = self.files()
        self.assert_error(agent.request("PUT", "/api/vault/password",
                                        {"old_password": PASSWORD, "new_password": OTHER_PASSWORD}), "full", "Nothing was changed")
        self.assert_error(agent.request("POST", "/api/vault/reset"), "full", "Nothing was deleted")
        self.assert_error(agent.request("POST", "/api/db/export", {"path": str(self.home / "export.db")}), "full")
        self.assert_error(agent.request("POST", "/api/db/import", {"path": str(export)}), "full")
        self.assert_error(agent.request("POST", "/api/db/reset"), "full")
        self.assert_error(agent.request("POST", "/api/db/path", {"path": str(self.home / "moved.db")}), "full")
        self.assertEqual(self.files(), before)
        self.assertFalse((self.home / "export.db").exists() or (self.home / "moved.db").exists())

        # Room again: no restart is needed, and the next start finds everything.
        self.ballast.unlink()
        agent.put(f"/api/settings/bulk-{stored}", "y")
        agent.kill()
        self.assert_sound()
        agent.start()
        for number in range(stored):
            self.assertEqual(len(agent.get(f"/api/settings/bulk-{number}")), 200_000)
        self.assertEqual(agent.get(f"/api/settings/bulk-{stored}"), "y")
        agent.post("/api/vault/unlock", {"password": PASSWORD})

    def test_a_start_without_room_says_so_and_the_next_one_works(self):
        self.fill_disk()
        self.ends_with(self.home)  # not even the certificate finds room
        self.ballast.unlink()
        agent = self.agent.start()
        agent.put("/api/settings/mark", "here")
        agent.stop()
        content = agent.database.read_bytes()
        self.fill_disk()
        self.ends_with(agent.database, "full")
        self.assertEqual(agent.database.read_bytes(), content)
        self.ballast.unlink()
        agent.start()
        self.assertEqual(agent.get("/api/settings/mark"), "here")

    def test_a_staged_import_waits_until_there_is_room_for_the_backup(self):
        agent = self.agent.start()
        agent.put("/api/settings/mark", "staged")
        agent.post("/api/db/export", {"path": str(self.elsewhere / "copy.db")})
        agent.put("/api/settings/mark", "live")
        for number in range(8):
            agent.put(f"/api/settings/bulk-{number}", "x" * 200_000)
        agent.post("/api/db/import", {"path": str(self.elsewhere / "copy.db")})
        agent.stop()
        free = os.statvfs(self.home).f_bavail * os.statvfs(self.home).f_frsize
        self.ballast.write_bytes(bytes(free - (1 << 20)))
        agent.start()
        self.assertEqual(agent.get("/api/settings/mark"), "live")
        self.assertIn(b"the staged import was not applied", agent.log)
        agent.stop()
        self.ballast.unlink()
        agent.start()
        self.assertEqual(agent.get("/api/settings/mark"), "staged")


class ReadOnly(SmallDisk):
    def test_a_disk_that_may_only_be_read_is_named(self):
        agent = self.agent.start()
        agent.put("/api/settings/mark", "here")
        agent.stop()
        content = agent.database.read_bytes()
        mount("-o", "remount,ro", self.home)
        self.ends_with(self.home)
        mount("-o", "remount,rw", self.home)
        self.assertEqual(agent.database.read_bytes(), content)
        agent.start()
        self.assertEqual(agent.get("/api/settings/mark"), "here")

    def test_an_export_to_where_nothing_may_be_written_says_so(self):
        agent, target = self.agent.start(), self.elsewhere / "locked"
        target.mkdir()
        mount("-t", "tmpfs", "-o", "ro", "tmpfs", target)
        self.addCleanup(subprocess.run, ["umount", target], check=True)
        for path in (target / "export.db", target / "new folder" / "export.db"):
            for route in ("export", "path"):
                self.assert_error(agent.request("POST", f"/api/db/{route}", {"path": str(path)}), str(target), status=500)
        self.assertEqual(agent.get("/api/db/info")["path"], str(agent.database))
        agent.stop()
        agent.start()
        self.assertEqual(agent.get("/api/db/info")["path"], str(agent.database))

    @unittest.skipUnless(os.geteuid() == 0 and OWN_MOUNTS in os.environ and os.environ[OWN_MOUNTS] == "root",
                         "needs a second user: only root can become one")
    def test_a_file_or_folder_without_the_right_to_write_is_no_loss(self):
        os.chown(self.home, NOBODY, NOBODY)
        agent = self.agent = self.make_agent(user=NOBODY, group=NOBODY, extra_groups=[]).start()
        agent.post("/api/vault/password", {"password": PASSWORD})
        agent.put("/api/settings/mark", "before")
        os.chmod(agent.data_folder, 0o500)
        agent.put("/api/settings/mark", "the log is open already")
        answer = agent.request("PUT", "/api/vault/password", {"old_password": PASSWORD, "new_password": OTHER_PASSWORD})
        self.assert_error(answer, "Nothing was changed", str(agent.data_folder))
        self.assert_error(agent.request("POST", "/api/db/reset"), str(agent.data_folder))
        os.chmod(agent.data_folder, 0o700)
        agent.put("/api/vault/password", {"old_password": PASSWORD, "new_password": OTHER_PASSWORD})
        agent.stop()
        content = agent.database.read_bytes()
        # Somebody else's: on its own files the agent would just take back the right to write.
        for path, mode in ((agent.database, 0o444), (agent.data_folder, 0o555)):
            os.chown(path, 0, 0)
            os.chmod(path, mode)
        self.ends_with(agent.database, "read-only")
        self.assertEqual(agent.database.read_bytes(), content)
        for path, mode in ((agent.database, 0o600), (agent.data_folder, 0o700)):
            os.chown(path, NOBODY, NOBODY)
            os.chmod(path, mode)
        agent.start()
        self.assertEqual(agent.get("/api/settings/mark"), "the log is open already")
        agent.post("/api/vault/unlock", {"password": OTHER_PASSWORD})


def enter_own_mounts():
    """Runs this program again where its mounts are its own; says so and ends when nothing allows that."""
    for kind, words in (("root", ["unshare", "--mount"]), ("user", ["unshare", "--map-root-user", "--mount"])):
        if subprocess.run([*words, "true"], capture_output=True).returncode == 0:
            os.environ[OWN_MOUNTS] = kind
            os.execvp(words[0], [*words, sys.executable, "-B", *sys.argv])
    print("SKIPPED: name spaces of mounts are not allowed here, so there is no small disk to fill")
    sys.exit(77)  # CTest's SKIP_RETURN_CODE


if __name__ == "__main__":
    if OWN_MOUNTS not in os.environ:
        enter_own_mounts()
    unittest.main(verbosity=2)
