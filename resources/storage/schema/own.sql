-- Tables of our own. The reference neither reads nor writes them (contract 02, section 1.4).

-- What the file was brought up to, and the fingerprint its tables had then: a start on a file that nobody has
-- changed in between needs to look at nothing else.
CREATE TABLE IF NOT EXISTS nsx_schema (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    generation INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);

-- Which sources a built-in matcher was given once. A pair is never given a second time; one that the user took away
-- (`removed`) is taken away again when the reference has put it back.
CREATE TABLE IF NOT EXISTS nsx_seeded_pairs (
    matcher_id TEXT NOT NULL,
    source_id TEXT NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (matcher_id, source_id)
);

-- Sealed tokens of 0.1.7 inventory sources that wait for the vault (storage/legacytokens.h).
CREATE TABLE IF NOT EXISTS nsx_legacy_tokens (
    api_resource_id TEXT PRIMARY KEY REFERENCES api_resources(id) ON DELETE CASCADE,
    form TEXT NOT NULL CHECK (form IN ('token', 'password')),
    username TEXT NOT NULL DEFAULT '',
    encrypted_data BLOB NOT NULL
);

-- Deleting a session looks for what refers to it; without an index that reads the whole table, once a session.
CREATE INDEX IF NOT EXISTS nsx_sessions_jump_session ON sessions(jump_session_id);
CREATE INDEX IF NOT EXISTS nsx_credential_profiles_jump_session ON credential_profiles(jump_session_id);
CREATE INDEX IF NOT EXISTS nsx_tunnels_jump_session ON tunnels(jump_session_id);
CREATE INDEX IF NOT EXISTS nsx_documents_session ON documents(session_id);
CREATE INDEX IF NOT EXISTS nsx_topology_devices_session ON topology_devices(session_id);

-- The jump hosts before a session's own jump host, where its way has more than one hop: position 0 is dialled first
-- (jumps/jumpchain.h).
CREATE TABLE IF NOT EXISTS nsx_jump_chain (
    session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    jump_host_id TEXT NOT NULL REFERENCES jump_hosts(id) ON DELETE CASCADE,
    PRIMARY KEY (session_id, position)
);
