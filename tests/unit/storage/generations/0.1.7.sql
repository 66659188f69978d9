-- What the public 0.1.7 release differs in: inventory sources with their own URL, tokens in tables of their own.
-- Applied to a fresh file from which these tables have been taken away.
CREATE TABLE netbox_sources (id TEXT PRIMARY KEY, name TEXT NOT NULL, url TEXT NOT NULL,
    default_profile_id TEXT REFERENCES credential_profiles(id) ON DELETE SET NULL, profile_mappings TEXT,
    cli_flavor_mappings TEXT, device_filters TEXT, last_sync_at TEXT, last_sync_filters TEXT, last_sync_result TEXT,
    created_at TEXT NOT NULL DEFAULT (datetime('now')), updated_at TEXT NOT NULL DEFAULT (datetime('now')));
CREATE TABLE netbox_tokens (source_id TEXT PRIMARY KEY REFERENCES netbox_sources(id) ON DELETE CASCADE,
    encrypted_token BLOB NOT NULL, created_at TEXT NOT NULL DEFAULT (datetime('now')));
CREATE TABLE librenms_sources (id TEXT PRIMARY KEY, name TEXT NOT NULL, url TEXT NOT NULL,
    created_at TEXT NOT NULL DEFAULT (datetime('now')), updated_at TEXT NOT NULL DEFAULT (datetime('now')));
CREATE TABLE librenms_tokens (source_id TEXT PRIMARY KEY REFERENCES librenms_sources(id) ON DELETE CASCADE,
    encrypted_data BLOB NOT NULL, created_at TEXT NOT NULL DEFAULT (datetime('now')));
CREATE TABLE netdisco_sources (id TEXT PRIMARY KEY, name TEXT NOT NULL, url TEXT NOT NULL,
    auth_type TEXT NOT NULL DEFAULT 'basic', username TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);

INSERT INTO credential_profiles (id, name, username, auth_type) VALUES ('p1', 'Admins', 'admin', 'password');
INSERT INTO netbox_sources (id, name, url, default_profile_id, device_filters, created_at) VALUES
    ('nb1', 'HQ', 'https://netbox.example/', 'p1', '{"site":"hq"}', '2025-01-01 00:00:00'),
    ('nb2', 'HQ again', 'https://netbox.example', NULL, NULL, '2025-01-02 00:00:00'),
    ('nb3', 'HQ read-only', 'https://netbox.example', NULL, NULL, '2025-01-03 00:00:00'),
    ('nb4', 'My NetBox', 'https://other.example', NULL, NULL, '2025-01-04 00:00:00');
INSERT INTO netbox_tokens (source_id, encrypted_token) VALUES ('nb1', x'aa01'), ('nb3', x'aa03');
INSERT INTO librenms_sources (id, name, url, created_at) VALUES ('ln1', 'Mon', 'http://libre', '2025-01-01 00:00:00');
INSERT INTO librenms_tokens (source_id, encrypted_data) VALUES ('ln1', x'bb01');
INSERT INTO netdisco_sources VALUES
    ('nd1', 'Disco', 'http://disco', 'basic', 'admin', '2025-01-01 00:00:00', '2025-01-02 00:00:00'),
    ('nd2', 'Keyed', 'http://disco', 'api_key', NULL, '2025-01-01 00:00:00', '2025-01-02 00:00:00');
INSERT INTO api_keys (key_type, encrypted_data) VALUES
    ('netdisco_nd1', x'cc01'), ('netdisco_nd2', x'cc02'), ('openai', x'dd01'), ('netbox', x'ee01');
INSERT INTO sessions (id, name, host, username, auth_type, profile_id, netbox_device_id, netbox_source_id)
    VALUES ('s1', 'sw-1', '10.1.1.1', '', 'password', 'p1', 77, 'nb1');
