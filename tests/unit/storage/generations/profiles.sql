-- The next form: profiles with settings of their own, keys mapped per profile, layouts with tabs beside groups.
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL, updated_at TEXT NOT NULL DEFAULT (datetime('now')));
CREATE TABLE credential_profiles (id TEXT PRIMARY KEY, name TEXT NOT NULL, username TEXT NOT NULL,
    auth_type TEXT NOT NULL CHECK(auth_type IN ('password', 'key')), key_path TEXT, port INTEGER NOT NULL DEFAULT 22,
    keepalive_interval INTEGER NOT NULL DEFAULT 30, connection_timeout INTEGER NOT NULL DEFAULT 30,
    font_size_override INTEGER, copy_on_select INTEGER DEFAULT 0, environment_vars TEXT, startup_commands TEXT,
    highlight_rules_json TEXT, favourite_colour TEXT NOT NULL DEFAULT 'blue',
    created_at TEXT NOT NULL DEFAULT (datetime('now')), updated_at TEXT NOT NULL DEFAULT (datetime('now')));
CREATE TABLE sessions (id TEXT PRIMARY KEY, name TEXT NOT NULL, folder_id TEXT, host TEXT NOT NULL,
    port INTEGER NOT NULL DEFAULT 22, username TEXT NOT NULL,
    auth_type TEXT NOT NULL CHECK(auth_type IN ('password', 'key')), key_path TEXT, color TEXT,
    icon TEXT DEFAULT 'server', sort_order INTEGER DEFAULT 0, last_connected_at TEXT,
    created_at TEXT NOT NULL DEFAULT (datetime('now')), updated_at TEXT NOT NULL DEFAULT (datetime('now')),
    auto_reconnect INTEGER DEFAULT 1, reconnect_delay INTEGER DEFAULT 5, scrollback_lines INTEGER DEFAULT 10000,
    local_echo INTEGER DEFAULT 0, font_size_override INTEGER, font_family TEXT,
    profile_id TEXT REFERENCES credential_profiles(id) ON DELETE SET NULL);
CREATE TABLE profile_credentials (profile_id TEXT PRIMARY KEY REFERENCES credential_profiles(id) ON DELETE CASCADE,
    encrypted_data BLOB NOT NULL, created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now')));
CREATE TABLE mapped_keys (id TEXT PRIMARY KEY,
    profile_id TEXT NOT NULL REFERENCES credential_profiles(id) ON DELETE CASCADE, key_combo TEXT NOT NULL,
    command TEXT NOT NULL, description TEXT, created_at TEXT NOT NULL DEFAULT (datetime('now')),
    UNIQUE(profile_id, key_combo));
CREATE TABLE layouts (id TEXT PRIMARY KEY, name TEXT NOT NULL, session_ids TEXT NOT NULL, tabs TEXT,
    orientation TEXT NOT NULL DEFAULT 'horizontal', sizes TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE TABLE groups (id TEXT PRIMARY KEY, name TEXT NOT NULL, tabs TEXT NOT NULL, topology_id TEXT,
    default_launch_action TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL, last_used_at TEXT);
CREATE TABLE netdisco_sources (id TEXT PRIMARY KEY, name TEXT NOT NULL, api_resource_id TEXT NOT NULL,
    created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE TABLE api_resources (id TEXT PRIMARY KEY, name TEXT NOT NULL, base_url TEXT NOT NULL,
    auth_type TEXT NOT NULL DEFAULT 'none', auth_header_name TEXT, auth_flow TEXT,
    default_headers TEXT NOT NULL DEFAULT '{}', verify_ssl INTEGER NOT NULL DEFAULT 1,
    timeout_secs INTEGER NOT NULL DEFAULT 30, created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now')));

INSERT INTO credential_profiles (id, name, username, auth_type, startup_commands, favourite_colour)
    VALUES ('p1', 'Admins', 'admin', 'password', '[]', 'green'), ('p2', 'Guests', 'guest', 'key', NULL, 'blue');
INSERT INTO profile_credentials (profile_id, encrypted_data) VALUES ('p1', x'0102');
INSERT INTO sessions (id, name, host, username, auth_type, profile_id) VALUES ('s1', 'a', 'h', '', 'password', 'p1');
INSERT INTO mapped_keys (id, profile_id, key_combo, command, description, created_at) VALUES
    ('k1', 'p2', 'F1', 'later', NULL, '2025-06-01 00:00:00'), ('k2', 'p1', 'F1', 'first', 'kept', '2025-01-01 00:00:00');
INSERT INTO layouts (id, name, session_ids, tabs, created_at, updated_at) VALUES
    ('l1', 'Tabs', '["s1"]', '[{"type":"topology","topology_id":"x"}]', '2025-01-01 00:00:00', '2025-01-02 00:00:00');
INSERT INTO api_resources (id, name, base_url) VALUES ('a1', 'Netdisco', 'https://n');
INSERT INTO netdisco_sources VALUES ('n1', 'Crawler', 'a1', '2025-01-01 00:00:00', '2025-01-02 00:00:00');
