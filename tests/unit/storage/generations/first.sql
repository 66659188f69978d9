-- The oldest form known: no profiles, one canvas instead of topologies, keys mapped per session, layouts instead of
-- groups, documents with few categories, changes that belong to a session.
CREATE TABLE folders (id TEXT PRIMARY KEY, name TEXT NOT NULL, parent_id TEXT REFERENCES folders(id) ON DELETE CASCADE,
    sort_order INTEGER DEFAULT 0, created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now')));
CREATE TABLE sessions (id TEXT PRIMARY KEY, name TEXT NOT NULL, folder_id TEXT REFERENCES folders(id) ON DELETE SET NULL,
    host TEXT NOT NULL, port INTEGER NOT NULL DEFAULT 22, username TEXT NOT NULL,
    auth_type TEXT NOT NULL CHECK(auth_type IN ('password', 'key')), key_path TEXT, color TEXT,
    icon TEXT DEFAULT 'server', sort_order INTEGER DEFAULT 0, last_connected_at TEXT,
    created_at TEXT NOT NULL DEFAULT (datetime('now')), updated_at TEXT NOT NULL DEFAULT (datetime('now')),
    auto_reconnect INTEGER DEFAULT 1, reconnect_delay INTEGER DEFAULT 5, scrollback_lines INTEGER DEFAULT 10000,
    local_echo INTEGER DEFAULT 0, font_size_override INTEGER, font_family TEXT);
CREATE TABLE credentials (session_id TEXT PRIMARY KEY REFERENCES sessions(id) ON DELETE CASCADE,
    encrypted_data BLOB NOT NULL, created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now')));
CREATE TABLE vault_config (id INTEGER PRIMARY KEY CHECK (id = 1), verification_data BLOB NOT NULL,
    created_at TEXT NOT NULL DEFAULT (datetime('now')));
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL, updated_at TEXT NOT NULL DEFAULT (datetime('now')));
CREATE TABLE snippets (id TEXT PRIMARY KEY, session_id TEXT REFERENCES sessions(id) ON DELETE CASCADE,
    name TEXT NOT NULL, command TEXT NOT NULL, sort_order INTEGER DEFAULT 0,
    created_at TEXT NOT NULL DEFAULT (datetime('now')));
CREATE TABLE mapped_keys (id TEXT PRIMARY KEY, session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    key_combo TEXT NOT NULL, command TEXT NOT NULL, created_at TEXT NOT NULL DEFAULT (datetime('now')));
CREATE TABLE documents (id TEXT PRIMARY KEY, name TEXT NOT NULL,
    category TEXT NOT NULL CHECK(category IN ('outputs', 'templates', 'notes', 'backups', 'history')),
    content_type TEXT NOT NULL CHECK(content_type IN ('csv', 'json', 'jinja', 'config', 'text')),
    content TEXT NOT NULL, parent_folder TEXT, session_id TEXT REFERENCES sessions(id) ON DELETE SET NULL,
    created_at TEXT NOT NULL DEFAULT (datetime('now')), updated_at TEXT NOT NULL DEFAULT (datetime('now')));
CREATE INDEX idx_documents_category ON documents(category);
CREATE TABLE document_versions (id TEXT PRIMARY KEY, document_id TEXT NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    content TEXT NOT NULL, created_at TEXT NOT NULL DEFAULT (datetime('now')));
CREATE TABLE changes (id TEXT PRIMARY KEY, session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    name TEXT NOT NULL, description TEXT, status TEXT NOT NULL DEFAULT 'draft', mop_steps TEXT NOT NULL DEFAULT '[]',
    pre_snapshot_id TEXT, post_snapshot_id TEXT, ai_analysis TEXT, created_by TEXT NOT NULL,
    created_at TEXT NOT NULL DEFAULT (datetime('now')), updated_at TEXT NOT NULL DEFAULT (datetime('now')),
    executed_at TEXT, completed_at TEXT);
CREATE TABLE snapshots (id TEXT PRIMARY KEY, change_id TEXT NOT NULL REFERENCES changes(id) ON DELETE CASCADE,
    snapshot_type TEXT NOT NULL, commands TEXT NOT NULL DEFAULT '[]', output TEXT NOT NULL DEFAULT '',
    captured_at TEXT NOT NULL DEFAULT (datetime('now')));
CREATE TABLE topology_devices (id TEXT PRIMARY KEY, session_id TEXT NOT NULL, x REAL NOT NULL, y REAL NOT NULL);
CREATE TABLE layouts (id TEXT PRIMARY KEY, name TEXT NOT NULL, session_ids TEXT NOT NULL,
    orientation TEXT NOT NULL DEFAULT 'horizontal', sizes TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);

INSERT INTO folders (id, name, parent_id, sort_order) VALUES ('f1', 'Core', NULL, 3), ('f2', 'Lab', 'f1', 0);
INSERT INTO sessions (id, name, folder_id, host, port, username, auth_type, color) VALUES
    ('s1', 'edge-1', 'f2', '10.0.0.1', 2222, 'admin', 'password', '#ff0000'),
    ('s2', 'Ümlaut', NULL, 'r2', 22, 'root', 'key', NULL);
INSERT INTO credentials (session_id, encrypted_data) VALUES ('s1', x'00010203ff');
INSERT INTO vault_config (id, verification_data) VALUES (1, x'cafe');
INSERT INTO settings (key, value) VALUES ('ui.theme', '"dark"');
INSERT INTO snippets (id, session_id, name, command) VALUES ('n1', 's1', 'ver', 'show version');
INSERT INTO mapped_keys (id, session_id, key_combo, command, created_at) VALUES
    ('k2', 's2', 'F5', 'show clock', '2025-02-02 00:00:00'), ('k1', 's1', 'F5', 'show run', '2025-01-01 00:00:00'),
    ('k3', 's1', 'F6', 'exit', '2025-01-01 00:00:00');
INSERT INTO documents (id, name, category, content_type, content, session_id, created_at) VALUES
    ('d1', 'plan', 'notes', 'text', 'remember', 's1', '2025-01-01 10:00:00'),
    ('d2', 'out', 'outputs', 'csv', 'a;b', NULL, '2025-01-01 10:00:00');
INSERT INTO document_versions (id, document_id, content) VALUES ('v1', 'd1', 'older'), ('v2', 'd1', 'oldest');
INSERT INTO changes (id, session_id, name, created_by) VALUES ('c1', 's1', 'upgrade', 'me');
INSERT INTO snapshots (id, change_id, snapshot_type, output) VALUES ('p1', 'c1', 'pre', 'before');
INSERT INTO topology_devices VALUES ('t1', 's1', 1.5, 2.5);
INSERT INTO layouts (id, name, session_ids, created_at, updated_at) VALUES
    ('l1', 'Both', '["s1","s2"]', '2025-01-01 00:00:00', '2025-01-02 00:00:00'),
    ('l2', 'Broken', 'not json', '2025-01-01 00:00:00', '2025-01-02 00:00:00');
