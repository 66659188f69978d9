#!/usr/bin/env python3
"""kill -9 while the master password changes: afterwards exactly one password opens everything (contract 02 section 2.4)."""

import contextlib
import sqlite3
import unittest

import contractfile
from killrounds import KillRounds, Request, query, sound
from vaultcipher import VaultCipher

SECRETS = 120  # of four kinds


class KilledWhileTheKeyChanges(KillRounds):
    def fill(self):
        agent = self.agent
        for number in range(SECRETS // 4):
            profile = agent.post("/api/profiles", {"name": f"p{number}", "username": "u"})["id"]
            session = agent.post("/api/sessions", {"name": f"s{number}", "host": "h", "profile_id": profile})["id"]
            agent.put(f"/api/profiles/{profile}/credential", {"password": f"secret {number}"})
            agent.post(f"/api/credentials/{session}", {"password": f"secret {number}"})
            agent.put(f"/api/vault/api-keys/key-{number}", {"api_key": f"secret {number}"})
            agent.post("/api/mapped-keys", {"key_combo": f"F{number}", "command": f"secret {number}", "is_secret": True})

    def test_one_password_opens_every_secret(self):
        agent = self.agent.start()
        passwords = ["the first password", "the second password"]
        agent.post("/api/vault/password", {"password": passwords[0]})
        self.fill()
        agent.put("/api/settings/database.backups_kept", 1)
        with contextlib.closing(sqlite3.connect(agent.database)) as database:
            texts = contractfile.sealed_texts(database, self.cipher_of(passwords[0]))
        self.assertEqual(len(texts), SECRETS + 1)
        old, new = passwords
        for _ in self.rounds(60):
            request = Request(agent, "PUT", "/api/vault/password", {"old_password": old, "new_password": new})
            self.kill_soon()
            sound(agent.database)
            is_new = self.cipher_of(new)
            self.assertNotEqual(bool(is_new), bool(self.cipher_of(old)))
            if request.status:
                self.assertEqual((request.status, bool(is_new)), (204, True))
            with contextlib.closing(sqlite3.connect(agent.database)) as database:
                self.assertEqual(contractfile.sealed_texts(database, is_new or self.cipher_of(old)), texts)
            self.learn(bool(is_new))
            if is_new:
                old, new = new, old
            agent.start()
            self.assertEqual(agent.status("POST", "/api/vault/unlock", {"password": new}), 401)
            agent.post("/api/vault/unlock", {"password": old})
            self.assertEqual(agent.get("/api/vault/api-keys/key-0"), {"api_key": "secret 0"})
            for backup in agent.data_folder.glob("*.bak-*"):
                if not backup.name.endswith((".partial", "-journal")):
                    sound(backup)
        self.assert_both_were_met()

    def cipher_of(self, password):
        return VaultCipher.of_record(password, query(self.agent.database, "SELECT verification_data FROM vault_config")[0][0])


if __name__ == "__main__":
    unittest.main(verbosity=2)
