#!/usr/bin/env python3
"""A database made by the contract's rules alone, opened, read, changed and left behind by the built agent, and judged by the
same rules: what the older agent needs to go on with it (contract 02 part 1 and section 2.2)."""

import contextlib
import json
import pathlib
import sqlite3
import subprocess
import tempfile
import unittest

import contractfile
from agentprocess import Agent
from contractfile import insert, insert_filler, rows
from vaultcipher import VaultCipher

PASSWORD = "päßwörd-Überlänge"
NEW_PASSWORD = "netstacks-test-master-2"
TIME, JSON_TIME = "2026-02-03 04:05:06", "2026-02-03T04:05:06Z"
RFC_TIME = "2026-02-03T04:05:06.789012+00:00"
FORWARD = {"id": "fw-1", "forward_type": "remote", "local_port": 8080, "remote_host": "10.0.0.9", "remote_port": 80,
           "bind_address": None, "enabled": False}
TABS = [{"type": "terminal", "session_id": "s-full"}, {"type": "document", "document_id": "d-gone", "document_name": "Gone"}]
OPTIONAL_SESSION_FIELDS = ("folder_id", "color", "last_connected_at", "font_size_override", "font_family", "terminal_theme",
                           "netbox_device_id", "netbox_source_id", "jump_host_id", "jump_session_id", "sftp_start_path")


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def write_by_the_rules(path):
    """One row or more for each table. Those that the agent does not serve yet hold fillers: they must stay as they are."""
    contractfile.create(path)
    cipher = VaultCipher(PASSWORD)
    foreign = VaultCipher(PASSWORD)  # the reference seals cert_auth_state under a salt of its own (section 2.2)
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        stamps = {"created_at": TIME, "updated_at": TIME}
        insert(db, "vault_config", id=1, verification_data=cipher.record(), created_at=TIME)
        insert(db, "folders", id="folders-id-1", name="Core", parent_id=None, sort_order=2000, scope="session", **stamps)
        insert(db, "folders", id="f-leaf", name="Ünïcode 中", parent_id="folders-id-1", sort_order=1000, scope="session", **stamps)
        insert(db, "folders", id="f-map", name="Maps", parent_id=None, sort_order=0, scope="topology", **stamps)
        insert_filler(db, "credential_profiles", id="credential_profiles-id-1", name="routers", username="admin",
                      auth_type="password", port=2022, cli_flavor="cisco-ios-xr", auto_commands=compact(["terminal length 0"]),
                      jump_host_id=None, jump_session_id=None, **stamps)
        insert(db, "credential_profiles", id="p-key", name="Zkeys", username="ops", auth_type="key", key_path="/keys/a b",
               auto_commands="[]", **stamps)
        insert(db, "jump_hosts", id="jump_hosts-id-1", name="edge", host="192.0.2.1", port=2222, profile_id="p-key", **stamps)
        # Columns that the older agent no longer reads are NOT NULL with a CHECK (section 1.4, rule 6).
        dead = {"username": "", "auth_type": "password"}
        insert(db, "sessions", id="s-full", name="röuter \"1\"", folder_id="f-leaf", host="2001:db8::1", port=65535, color="#ff0000",
               icon="router", sort_order=-5, last_connected_at=TIME, auto_reconnect=0, reconnect_delay=0, scrollback_lines=1,
               local_echo=1, font_size_override=9, font_family="Mono", profile_id="credential_profiles-id-1",
               netbox_device_id=2**40, netbox_source_id="netbox_sources-id-1", cli_flavor="cisco-xr", terminal_theme="dark",
               jump_host_id="jump_hosts-id-1", jump_session_id=None, port_forwards=compact([FORWARD]),
               auto_commands=compact(["show version", "päge"]), sftp_start_path="/tmp", legacy_ssh=1, protocol="telnet",
               **dead, **stamps)
        insert(db, "sessions", id="sessions-id-1", name="plain", host="h", profile_id="p-key", **dead, **stamps)
        for profile, secrets in (("credential_profiles-id-1", {"password": "s3cret", "key_passphrase": None,
                                                               "snmp_communities": ["public", "prïvate"]}),
                                 ("p-key", {"password": None, "key_passphrase": "phrase"})):  # an older row: no communities
            insert(db, "profile_credentials", profile_id=profile, encrypted_data=cipher.seal(compact(secrets)), **stamps)
        insert(db, "credentials", session_id="s-full", **stamps, encrypted_data=cipher.seal(
            compact({"password": "old", "key_passphrase": None, "snmp_communities": None})))
        for kind, key in (("ai.openai", "sk-ä-1"), ("smtp_password", "mail")):
            insert(db, "api_keys", key_type=kind, encrypted_data=cipher.seal(key), **stamps)
        insert(db, "mapped_keys", id="k-plain", key_combo="F1", command="show clock\n", is_secret=0, created_at=TIME)
        insert(db, "mapped_keys", id="k-secret", key_combo="F2", command="", description="enable", is_secret=1,
               command_encrypted=cipher.seal("enable-sëcret\n"), created_at=TIME)
        insert(db, "snippets", id="n-global", session_id=None, name="all", command="a\nb", sort_order=3, created_at=TIME)
        insert(db, "snippets", id="n-own", session_id="s-full", name="own", command="c", sort_order=0, created_at=TIME)
        insert(db, "connection_history", id="h-1", session_id="s-full", host="h", port=22, username="u", connected_at=TIME,
               disconnected_at=None, duration_seconds=None)
        insert(db, "session_context", id="c-1", session_id="s-full", issue="flaps", root_cause="", resolution=None,
               commands="a\nb", ticket_ref="T-1", author="me", **stamps)
        insert(db, "device_memory", id="device_memory-id-1", session_id="s-full", role="core", criticality="high",
               standing_instructions=None, notes="n", **stamps)
        insert(db, "device_memory_entries", id="e-1", device_memory_id="device_memory-id-1", date="2026-01-02", source="overlord",
               author="a", content="c", **stamps)
        rfc = {"created_at": RFC_TIME, "updated_at": RFC_TIME}
        insert(db, "groups", id="g-1", name="morning", tabs=compact(TABS), topology_id=None, default_launch_action="ask",
               last_used_at=RFC_TIME, **rfc)
        insert(db, "layouts", id="l-1", name="two", session_ids=compact(["s-full", "gone"]), tabs=None,
               orientation="2-top-1-bottom", sizes=compact([0.5, 0.25, 0.25]), **stamps)
        insert(db, "settings", key="ai.terminal_mode", value="true", updated_at=TIME)
        insert(db, "settings", key="workspaces", value=compact([{"id": 1, "n": "ü"}]), updated_at=TIME)
        insert(db, "cert_auth_state", id=1, private_key_encrypted=foreign.seal("PRIVATE KEY"), public_key_openssh="ssh-ed25519 AAAA",
               **stamps)
        insert(db, "documents", id="documents-id-1", name="sealed", category="notes", content_type="markdown", content="",
               encrypted_content=cipher.seal("sealed nöte"), **stamps)
        insert(db, "documents", id="d-plain", name="plain", category="notes", content_type="text", content="plain nöte", **stamps)
        insert(db, "document_versions", id="v-1", document_id="d-plain", content="plain nöte, older", created_at=TIME)
        insert(db, "document_versions", id="v-2", document_id="documents-id-1", content="", created_at=TIME,
               encrypted_content=cipher.seal("sealed, older"))
        insert(db, "api_resources", id="api_resources-id-1", name="box", base_url="https://box", **stamps)
        insert(db, "api_resource_credentials", api_resource_id="api_resources-id-1", **stamps, encrypted_data=cipher.seal(
            compact({"token": "t0ken", "username": None, "password": None})))
        insert_filler(db, "mcp_servers", auth_token=None, auth_token_encrypted=cipher.seal("mcp"))
        # The reference keeps this one in plain text; ours moves into api_keys at the first unlock (contract 07, section 9).
        insert_filler(db, "git_accounts", credential="git-ä")
        # Pending ones would fail and expire, as what ran ended with the program.
        insert_filler(db, "agent_tasks", status="completed")
        insert_filler(db, "task_interactions", status="resolved")
        filled = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
                  if db.execute(f"SELECT count(*) FROM {row[0]}").fetchone()[0] == 0}
        for table in filled:
            insert_filler(db, table)
    return filled


def judged(path, password, **more):
    """The faults of the file, and the plain texts of its blobs."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        faults = contractfile.schema_faults(db) + contractfile.value_faults(db)
        record = db.execute("SELECT verification_data FROM vault_config WHERE id = 1").fetchone()[0]
        cipher = VaultCipher.of_record(password, record)
        return faults, cipher and contractfile.sealed_texts(db, cipher, **more)


class Compatibility(unittest.TestCase):
    """One life of one file: the tests are its stages, in the order of their names."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.home.cleanup)
        cls.agent = Agent(cls.home.name)
        cls.addClassCleanup(cls.agent.kill)
        cls.filled = write_by_the_rules(cls.agent.database)
        faults, _ = judged(cls.agent.database, PASSWORD, elsewhere=["cert_auth_state"])
        assert not faults, faults

    def test_1_a_file_by_the_rules_is_sound(self):
        with contextlib.closing(sqlite3.connect(self.agent.database)) as db:
            type(self).fillers = {table: rows(db, table) for table in self.filled}
        self.assertGreater(len(self.fillers), 30)

    def test_2_everything_is_read_back_locked_and_unlocked(self):
        agent = self.agent.start()
        self.assertEqual(agent.get("/api/vault/status"), {"unlocked": False, "has_master_password": True})
        for locked in ("/api/vault/api-keys/ai.openai", "/api/mapped-keys/k-secret/reveal", "/api/profiles/p-key/credential"):
            self.assertEqual(agent.request("GET", locked).json()["code"], "VAULT_LOCKED", locked)
        self.assertEqual(agent.status("POST", "/api/vault/unlock", {"password": PASSWORD + "x"}), 401)
        agent.post("/api/vault/unlock", {"password": PASSWORD})

        self.assertEqual([folder["id"] for folder in agent.get("/api/folders")], ["f-leaf", "folders-id-1"])
        self.assertEqual(agent.get("/api/folders?scope=topology"), [
            {"id": "f-map", "name": "Maps", "parent_id": None, "scope": "topology", "sort_order": 0, "created_at": JSON_TIME,
             "updated_at": JSON_TIME}])
        self.assertEqual(agent.get("/api/folders/f-leaf")["parent_id"], "folders-id-1")
        sessions = agent.get("/api/sessions")
        self.assertEqual([session["id"] for session in sessions], ["s-full", "sessions-id-1"])
        self.assertEqual(sessions[0], {
            "id": "s-full", "name": "röuter \"1\"", "folder_id": "f-leaf", "host": "2001:db8::1", "port": 65535,
            "color": "#ff0000", "icon": "router", "sort_order": -5, "last_connected_at": JSON_TIME, "created_at": JSON_TIME,
            "updated_at": JSON_TIME, "auto_reconnect": False, "reconnect_delay": 0, "scrollback_lines": 1, "local_echo": True,
            "font_size_override": 9, "font_family": "Mono", "terminal_theme": "dark", "profile_id": "credential_profiles-id-1",
            "netbox_device_id": 2**40, "netbox_source_id": "netbox_sources-id-1", "cli_flavor": "cisco-ios-xr",
            "jump_host_id": "jump_hosts-id-1", "jump_session_id": None, "port_forwards": [FORWARD],
            "auto_commands": ["show version", "päge"], "legacy_ssh": True, "protocol": "telnet", "sftp_start_path": "/tmp"})
        self.assertEqual({name: sessions[1][name] for name in OPTIONAL_SESSION_FIELDS}, dict.fromkeys(OPTIONAL_SESSION_FIELDS))
        self.assertEqual((sessions[1]["port"], sessions[1]["icon"], sessions[1]["cli_flavor"]), (22, "server", "auto"))
        profiles = agent.get("/api/profiles")
        self.assertEqual([(profile["name"], profile["auth_type"], profile["cli_flavor"]) for profile in profiles],
                         [("Zkeys", "key", "auto"), ("routers", "password", "cisco-ios-xr")])  # byte order
        self.assertEqual(profiles[1]["auto_commands"], ["terminal length 0"])
        self.assertEqual(agent.get("/api/profiles/credential_profiles-id-1/credential"),
                         {"has_password": True, "has_key_passphrase": False, "snmp_community_count": 2})
        self.assertEqual(agent.get("/api/profiles/p-key/credential"),
                         {"has_password": False, "has_key_passphrase": True, "snmp_community_count": 0})
        self.assertEqual(agent.get("/api/jump-hosts"), [
            {"id": "jump_hosts-id-1", "name": "edge", "host": "192.0.2.1", "port": 2222, "profile_id": "p-key",
             "created_at": JSON_TIME, "updated_at": JSON_TIME}])
        self.assertEqual(agent.get("/api/vault/api-keys/ai.openai"), {"api_key": "sk-ä-1"})
        self.assertEqual([(key["id"], key["command"], key["is_secret"]) for key in agent.get("/api/mapped-keys")],
                         [("k-plain", "show clock\n", False), ("k-secret", "", True)])
        self.assertEqual(agent.get("/api/mapped-keys/k-secret/reveal"), {"command": "enable-sëcret\n"})
        self.assertEqual(agent.get("/api/snippets"), [{"id": "n-global", "session_id": None, "name": "all", "command": "a\nb",
                                                       "sort_order": 3, "created_at": JSON_TIME}])
        self.assertEqual([snippet["id"] for snippet in agent.get("/api/sessions/s-full/snippets")], ["n-own"])
        self.assertEqual(agent.get("/api/history"), [
            {"id": "h-1", "session_id": "s-full", "host": "h", "port": 22, "username": "u", "connected_at": JSON_TIME,
             "disconnected_at": None, "duration_seconds": None}])
        self.assertEqual(agent.get("/api/sessions/s-full/context"), [
            {"id": "c-1", "session_id": "s-full", "issue": "flaps", "root_cause": "", "resolution": None, "commands": "a\nb",
             "ticket_ref": "T-1", "author": "me", "created_at": JSON_TIME, "updated_at": JSON_TIME}])
        memory = agent.get("/api/sessions/s-full/device-memory")
        self.assertEqual((memory["role"], memory["criticality"], memory["standing_instructions"]), ("core", "high", None))
        self.assertEqual([(entry["date"], entry["source"]) for entry in memory["entries"]], [("2026-01-02", "overlord")])
        self.assertEqual(agent.get("/api/groups"), [
            {"id": "g-1", "name": "morning", "tabs": TABS, "default_launch_action": "ask", "created_at": RFC_TIME,
             "updated_at": RFC_TIME, "last_used_at": RFC_TIME}])
        self.assertEqual(agent.get("/api/layouts"), [
            {"id": "l-1", "name": "two", "session_ids": ["s-full", "gone"], "tabs": None, "orientation": "2-top-1-bottom",
             "sizes": [0.5, 0.25, 0.25], "created_at": JSON_TIME, "updated_at": JSON_TIME}])
        self.assertEqual([(server["id"], server["connected"], [tool["id"] for tool in server["tools"]])
                          for server in agent.get("/api/mcp/servers")], [("mcp_servers-id-1", False, ["mcp_tools-id-1"])])
        self.assertEqual([(account["id"], account["has_credential"], account["created_at"])
                          for account in agent.get("/api/workspace/git/accounts")["accounts"]],
                         [("git_accounts-id-1", True, "2026-03-01 09:15:00")])
        self.assertEqual(agent.get("/api/netbox-sources/netbox_sources-id-1/token"), {"token": "t0ken"})
        for kind in ("netbox", "librenms", "netstacks-crawler"):
            self.assertEqual([source["api_resource_id"] for source in agent.get(f"/api/{kind}-sources")], ["api_resources-id-1"])
        topology = agent.get("/api/topologies/topologies-id-1")
        self.assertEqual((len(topology["devices"]), len(topology["connections"])), (1, 1))
        self.assertEqual(len(agent.get("/api/topologies/topologies-id-1/annotations")), 1)
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
                   "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}
        for later in (agent.request("POST", "/api/snmp/get", {}), agent.request("GET", "/api/discovery/capabilities"),
                      agent.request("GET", f"/ws/topology-live?token={agent.token}", headers=upgrade)):
            self.assertEqual((later.status, later.json()["code"]), (501, "NOT_IMPLEMENTED"))
            agent.hang_up()
        self.assertEqual(agent.get("/api/settings/workspaces"), [{"id": 1, "n": "ü"}])
        self.assertIs(agent.get("/api/settings/ai.terminal_mode"), True)
        self.assertEqual(agent.request("GET", "/api/cert/public-key").body, b"ssh-ed25519 AAAA")

    def test_3_what_was_only_read_is_left_as_the_rules_want_it(self):
        self.agent.stop()
        faults, texts = judged(self.agent.database, PASSWORD)
        self.assertEqual(faults, [])
        self.assertEqual(texts["cert_auth_state", 1], b"PRIVATE KEY")  # under the vault's own salt now (section 2.1)
        self.assertEqual(texts["documents", "d-plain"], "plain nöte".encode())  # sealed by the unlock (section 2.3)
        self.assertEqual(texts["document_versions", "v-1"], "plain nöte, older".encode())
        self.assertEqual(texts["api_keys", "git_account_git_accounts-id-1"], "git-ä".encode())
        with contextlib.closing(sqlite3.connect(self.agent.database)) as db:
            self.assertEqual(db.execute("SELECT credential FROM git_accounts").fetchone(), ("",))
            self.assertEqual(db.execute("SELECT content FROM documents WHERE id = 'd-plain'").fetchone(), ("",))
            self.assertEqual(db.execute("SELECT value FROM settings WHERE key = 'ai.terminal_mode'").fetchone(), ("true",))

    def test_4_everything_can_be_changed_made_and_deleted(self):
        agent = self.agent.start()
        agent.post("/api/vault/unlock", {"password": PASSWORD})
        created = {}

        def every_way(path, body, change, item=None, method="PUT"):
            """Two are made, one of them is changed, the other deleted."""
            item = item or path
            kept, lost = (agent.post(path, body(number))["id"] for number in (1, 2))
            agent.call(method, f"{item}/{kept}", change)
            agent.delete(f"{item}/{lost}")
            created[path] = kept
            return kept

        folder = every_way("/api/folders", lambda n: {"name": f"new {n}", "parent_id": "folders-id-1"}, {"name": "renamed"})
        agent.put(f"/api/folders/{folder}/move", {"parent_id": None, "sort_order": 1500.5})
        profile = every_way("/api/profiles", lambda n: {"name": f"p{n}", "username": "u", "auto_commands": ["a"]},
                            {"cli_flavor": "juniper", "terminal_theme": "x", "default_font_size": 11, "auth_type": "key",
                             "auto_commands": []})
        every_way("/api/jump-hosts", lambda n: {"name": f"j{n}", "host": "h", "profile_id": profile}, {"port": 2200})
        session = every_way("/api/sessions", lambda n: {"name": f"s{n}", "host": "h", "profile_id": profile, "folder_id": folder,
                                                        "port_forwards": [FORWARD], "auto_commands": ["x"]},
                            {"cli_flavor": "cisco-ios-xr", "port_forwards": [], "legacy_ssh": True, "netbox_device_id": 7,
                             "font_size_override": 12, "sftp_start_path": ""})
        agent.put("/api/sessions/s-full", {"auto_commands": [], "jump_host_id": None, "font_family": None, "port": 22})
        for order in (0.25, 1e12, 1000):
            agent.put(f"/api/sessions/{session}/move", {"folder_id": "f-leaf", "sort_order": order})
        agent.put("/api/profiles/credential_profiles-id-1/credential", {"key_passphrase": "nëw", "snmp_communities": []})
        agent.put(f"/api/profiles/{profile}/credential", {"password": ""})
        agent.delete("/api/profiles/p-key/credential")
        agent.post(f"/api/credentials/{session}", {"password": "own"})
        agent.delete("/api/credentials/s-full")
        agent.put("/api/vault/api-keys/ai.custom", {"api_key": "c\"k"})
        agent.put("/api/vault/api-keys/ai.openai", {"api_key": "second"})
        agent.delete("/api/vault/api-keys/smtp_password")
        key = every_way("/api/mapped-keys", lambda n: {"key_combo": f"F1{n}", "command": "x", "is_secret": True},
                        {"command": "secret now"})
        agent.put("/api/mapped-keys/k-plain", {"is_secret": True})
        agent.put("/api/mapped-keys/k-secret", {"is_secret": False})
        snippet = {"name": "n", "command": "c"}
        every_way("/api/snippets", lambda n: snippet, {"sort_order": 4})
        every_way("/api/sessions/s-full/snippets", lambda n: snippet, {"name": "m"}, "/api/snippets")
        for number in (1, 2):
            entry = agent.post("/api/history", {"host": f"h{number}", "username": "u", "session_id": "s-full"})
        agent.delete(f"/api/history/{entry['id']}")
        every_way("/api/sessions/s-full/context", lambda n: {"issue": f"i{n}", "author": "a"},
                  {"root_cause": "r", "commands": "c"}, "/api/context")
        agent.get(f"/api/sessions/{session}/device-memory")  # makes the row
        agent.put("/api/sessions/s-full/device-memory", {"criticality": None, "role": "edge"})
        every_way("/api/sessions/s-full/device-memory/entries",
                  lambda n: {"date": "2026-02-03", "source": "manual", "author": "a", "content": "c"},
                  {"content": "d"}, "/api/device-memory/entries")
        every_way("/api/groups", lambda n: {"name": f"g{n}", "tabs": TABS}, {"default_launch_action": "replace", "tabs": []})
        agent.put("/api/groups/g-1", {"last_used_at": RFC_TIME, "default_launch_action": None})
        every_way("/api/layouts", lambda n: {"name": f"l{n}", "session_ids": [], "orientation": "vertical"},
                  {"tabs": [{"type": "topology", "topology_id": "t"}], "sizes": [1, 0.5]})
        mcp = every_way("/api/mcp/servers", lambda n: {"name": f"m{n}", "command": "npx", "args": ["a"], "auth_token": "first"},
                        {"auth_token": "tøken"})
        agent.post("/api/smtp/config", {"host": "mail", "port": 25, "username": "u", "use_tls": False, "from_email": "a@b",
                                        "password": "mail again"})
        git = agent.post("/api/workspace/git/accounts/create", {"name": "g", "provider": "github", "credential": "pat"})["id"]
        for kind in ("netbox", "librenms", "netstacks-crawler"):
            every_way(f"/api/{kind}-sources", lambda n: {"name": f"n{n}", "api_resource_id": "api_resources-id-1"}, {"name": "x"})
        topology = every_way("/api/topologies", lambda n: {"name": f"t{n}", "session_ids": [session, "gone"]}, {"name": "x"})
        path = f"/api/topologies/{topology}"
        other = agent.post(f"{path}/devices", {"name": "d", "notes": ""})["id"]
        first = agent.get(path)["devices"][-1]["id"]
        agent.post(f"{path}/connections", {"source_device_id": other, "target_device_id": first, "line_width": 3})
        note = agent.post(f"{path}/annotations", {"annotation_type": "text", "element_data": {"content": "ü"}})["id"]
        agent.put(f"{path}/annotations/{note}", {"element_data": {"position": {"x": 1.5, "y": 2}}})
        agent.put("/api/settings/keybindings", {"a": [1, 2.5, None], "b": "c d"})
        agent.put("/api/settings/workspaces", [])
        agent.put("/api/settings/gone", "x")
        agent.delete("/api/settings/gone")
        agent.post("/api/cert/store", {"certificate": "cert", "ca_public_key": "ca", "valid_after": RFC_TIME,
                                       "valid_before": RFC_TIME, "serial": 1})
        exported = agent.get("/api/sessions/export")
        for number, exported_session in enumerate(exported["sessions"]):
            exported_session["name"] = f"imported {number}"
        self.assertEqual(agent.post("/api/sessions/import", exported)["warnings"], [])
        agent.put("/api/vault/password", {"old_password": PASSWORD, "new_password": NEW_PASSWORD})
        type(self).made = created | {"key": key, "profile": profile, "session": session, "mcp": mcp, "git": git}

    def test_5_the_changed_file_keeps_the_rules(self):
        self.agent.stop()
        self.assertFalse(any(pathlib.Path(f"{self.agent.database}-{suffix}").exists() for suffix in ("wal", "journal")),
                         "the main file alone holds everything (section 1.2)")
        faults, texts = judged(self.agent.database, NEW_PASSWORD)
        self.assertEqual(faults, [])
        self.assertIsNone(judged(self.agent.database, PASSWORD)[1], "the old password opens nothing")
        made = self.made

        def secrets(table, key):
            return json.loads(texts[table, key])

        self.assertEqual(texts.pop(("vault_config", 1)), b"COCKPIT_VAULT_OK")
        self.assertEqual(secrets("profile_credentials", "credential_profiles-id-1"),
                         {"password": "s3cret", "key_passphrase": "nëw", "snmp_communities": []})
        self.assertEqual(secrets("profile_credentials", made["profile"]),
                         {"password": "", "key_passphrase": None, "snmp_communities": None})
        self.assertEqual(secrets("credentials", made["session"]),
                         {"password": "own", "key_passphrase": None, "snmp_communities": None})
        self.assertEqual(texts["mapped_keys", made["key"]], b"secret now")
        self.assertEqual(texts["mapped_keys", "k-plain"], b"show clock\n")
        self.assertEqual({key: value for (table, key), value in texts.items() if table == "api_keys"},
                         {"ai.openai": b"second", "ai.custom": b"c\"k", "smtp_password": b"mail again",
                          "git_account_git_accounts-id-1": "git-ä".encode(), f"git_account_{made['git']}": b"pat"})
        self.assertEqual({key for table, key in texts if table in ("profile_credentials", "credentials", "mapped_keys")},
                         {"credential_profiles-id-1", made["profile"], made["session"], made["key"], "k-plain"})
        self.assertEqual(secrets("api_resource_credentials", "api_resources-id-1")["token"], "t0ken")
        self.assertEqual(texts["mcp_servers", "mcp_servers-id-1"], b"mcp")
        self.assertEqual(texts["mcp_servers", made["mcp"]], "tøken".encode())
        self.assertEqual(texts["cert_auth_state", 1], b"PRIVATE KEY")
        self.assertEqual(texts["documents", "documents-id-1"], "sealed nöte".encode())
        self.assertEqual(texts["document_versions", "v-2"], b"sealed, older")
        with contextlib.closing(sqlite3.connect(self.agent.database)) as db:
            stored = {row["id"]: row for row in rows(db, "sessions")}
            keys = {row["id"]: row for row in rows(db, "mapped_keys")}
            changed = stored[made["session"]]
            # IOS-XR has another word in this table, empty lists are NULL (section 3.1).
            self.assertEqual((changed["cli_flavor"], changed["port_forwards"], changed["sort_order"], changed["folder_id"]),
                             ("cisco-xr", None, 1000, "f-leaf"))
            self.assertEqual((stored["s-full"]["jump_host_id"], stored["s-full"]["auto_commands"]), (None, None))
            self.assertEqual(json.loads(stored["s-full"]["port_forwards"]), [FORWARD])
            self.assertEqual((keys["k-plain"]["command"], keys["k-secret"]["command"], keys["k-secret"]["command_encrypted"]),
                             ("", "enable-sëcret\n", None))
            self.assertEqual(db.execute("SELECT value FROM settings WHERE key = 'keybindings'").fetchone()[0],
                             '{"a":[1,2.5,null],"b":"c d"}')

    def test_6_rows_of_tables_that_nobody_changed_are_untouched(self):
        with contextlib.closing(sqlite3.connect(self.agent.database)) as db:
            for table, before in self.fillers.items():
                after = rows(db, table)
                for row in before:
                    self.assertIn(row, after, table)

    def test_7_sqlites_own_program_finds_nothing(self):
        done = subprocess.run(["sqlite3", self.agent.database,
                               "PRAGMA integrity_check; PRAGMA foreign_key_check; PRAGMA encoding; PRAGMA page_size; "
                               "PRAGMA auto_vacuum"], capture_output=True, text=True)
        self.assertEqual((done.stdout.split(), done.stderr), (["ok", "UTF-8", "4096", "0"], ""))

    def test_8_a_second_start_changes_nothing(self):
        def dump():
            with contextlib.closing(sqlite3.connect(self.agent.database)) as db:
                return {table: rows(db, table) for table in contractfile.TABLES}

        before = dump()
        self.agent.start()
        self.agent.stop()
        self.assertEqual(dump(), before)
        self.assertEqual(judged(self.agent.database, NEW_PASSWORD)[0], [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
