-- Sessions and what they need: folders, profiles, the vault, jump hosts, groups. (contract 02, section 1.5)

CREATE TABLE IF NOT EXISTS folders (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    parent_id TEXT REFERENCES folders(id) ON DELETE CASCADE,
    sort_order INTEGER DEFAULT 0,
    scope TEXT NOT NULL DEFAULT 'session',
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);

CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    folder_id TEXT REFERENCES folders(id) ON DELETE SET NULL,
    host TEXT NOT NULL,
    port INTEGER NOT NULL DEFAULT 22,
    username TEXT NOT NULL,
    auth_type TEXT NOT NULL CHECK (auth_type IN ('password', 'key')),
    key_path TEXT,
    color TEXT,
    icon TEXT DEFAULT 'server',
    sort_order INTEGER DEFAULT 0,
    last_connected_at TEXT,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now')),
    auto_reconnect INTEGER DEFAULT 1,
    reconnect_delay INTEGER DEFAULT 5,
    scrollback_lines INTEGER DEFAULT 10000,
    local_echo INTEGER DEFAULT 0,
    font_size_override INTEGER,
    font_family TEXT,
    profile_id TEXT REFERENCES credential_profiles(id) ON DELETE SET NULL,
    profile_overrides TEXT,
    netbox_device_id INTEGER,
    netbox_source_id TEXT REFERENCES netbox_sources(id) ON DELETE SET NULL,
    cli_flavor TEXT DEFAULT 'auto',
    terminal_theme TEXT,
    jump_host_id TEXT REFERENCES jump_hosts(id) ON DELETE SET NULL,
    jump_session_id TEXT REFERENCES sessions(id) ON DELETE SET NULL,
    port_forwards TEXT,
    auto_commands TEXT,
    sftp_start_path TEXT,
    jump_host TEXT,
    jump_port INTEGER,
    jump_username TEXT,
    legacy_ssh INTEGER DEFAULT 0,
    protocol TEXT DEFAULT 'ssh'
);
CREATE INDEX IF NOT EXISTS idx_sessions_folder ON sessions(folder_id);
CREATE INDEX IF NOT EXISTS idx_sessions_profile ON sessions(profile_id);
CREATE INDEX IF NOT EXISTS idx_sessions_netbox_source ON sessions(netbox_source_id);
CREATE INDEX IF NOT EXISTS idx_sessions_netbox_device ON sessions(netbox_device_id);

CREATE TABLE IF NOT EXISTS credentials (
    session_id TEXT PRIMARY KEY REFERENCES sessions(id) ON DELETE CASCADE,
    encrypted_data BLOB NOT NULL,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);

CREATE TABLE IF NOT EXISTS vault_config (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    verification_data BLOB NOT NULL,
    created_at TEXT NOT NULL DEFAULT (datetime('now'))
);

CREATE TABLE IF NOT EXISTS connection_history (
    id TEXT PRIMARY KEY,
    session_id TEXT REFERENCES sessions(id) ON DELETE CASCADE,
    host TEXT NOT NULL,
    port INTEGER NOT NULL DEFAULT 22,
    username TEXT NOT NULL,
    connected_at TEXT NOT NULL,
    disconnected_at TEXT,
    duration_seconds INTEGER,
    bytes_sent INTEGER DEFAULT 0,
    bytes_received INTEGER DEFAULT 0
);
CREATE INDEX IF NOT EXISTS idx_history_session ON connection_history(session_id);
CREATE INDEX IF NOT EXISTS idx_history_connected ON connection_history(connected_at);

CREATE TABLE IF NOT EXISTS settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);

CREATE TABLE IF NOT EXISTS mapped_keys (
    id TEXT PRIMARY KEY,
    key_combo TEXT NOT NULL,
    command TEXT NOT NULL,
    description TEXT,
    is_secret INTEGER NOT NULL DEFAULT 0,
    command_encrypted BLOB,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    UNIQUE (key_combo)
);

CREATE TABLE IF NOT EXISTS snippets (
    id TEXT PRIMARY KEY,
    session_id TEXT REFERENCES sessions(id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    command TEXT NOT NULL,
    sort_order INTEGER DEFAULT 0,
    created_at TEXT NOT NULL DEFAULT (datetime('now'))
);
CREATE INDEX IF NOT EXISTS idx_snippets_session ON snippets(session_id);

CREATE TABLE IF NOT EXISTS scripts (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    content TEXT NOT NULL,
    is_template INTEGER DEFAULT 0,
    last_run_at TEXT,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now')),
    created_by TEXT NOT NULL DEFAULT 'user',
    approved INTEGER NOT NULL DEFAULT 1
);

CREATE TABLE IF NOT EXISTS credential_profiles (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    username TEXT NOT NULL,
    auth_type TEXT NOT NULL CHECK (auth_type IN ('password', 'key')),
    key_path TEXT,
    port INTEGER NOT NULL DEFAULT 22,
    keepalive_interval INTEGER NOT NULL DEFAULT 30,
    connection_timeout INTEGER NOT NULL DEFAULT 30,
    terminal_theme TEXT,
    default_font_size INTEGER,
    default_font_family TEXT,
    scrollback_lines INTEGER NOT NULL DEFAULT 10000,
    local_echo INTEGER NOT NULL DEFAULT 0,
    auto_reconnect INTEGER NOT NULL DEFAULT 1,
    reconnect_delay INTEGER NOT NULL DEFAULT 5,
    cli_flavor TEXT NOT NULL DEFAULT 'auto',
    auto_commands TEXT,
    jump_host_id TEXT REFERENCES jump_hosts(id) ON DELETE SET NULL,
    jump_session_id TEXT REFERENCES sessions(id) ON DELETE SET NULL,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);
CREATE INDEX IF NOT EXISTS idx_credential_profiles_name ON credential_profiles(name);

CREATE TABLE IF NOT EXISTS jump_hosts (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    host TEXT NOT NULL,
    port INTEGER NOT NULL DEFAULT 22,
    profile_id TEXT NOT NULL REFERENCES credential_profiles(id) ON DELETE CASCADE,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);

CREATE TABLE IF NOT EXISTS profile_credentials (
    profile_id TEXT PRIMARY KEY REFERENCES credential_profiles(id) ON DELETE CASCADE,
    encrypted_data BLOB NOT NULL,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);

CREATE TABLE IF NOT EXISTS tunnels (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    host TEXT NOT NULL,
    port INTEGER NOT NULL DEFAULT 22,
    profile_id TEXT NOT NULL REFERENCES credential_profiles(id) ON DELETE CASCADE,
    jump_host_id TEXT REFERENCES jump_hosts(id) ON DELETE SET NULL,
    jump_session_id TEXT REFERENCES sessions(id) ON DELETE SET NULL,
    forward_type TEXT NOT NULL DEFAULT 'local',
    local_port INTEGER NOT NULL,
    bind_address TEXT NOT NULL DEFAULT '127.0.0.1',
    remote_host TEXT,
    remote_port INTEGER,
    auto_start INTEGER NOT NULL DEFAULT 0,
    auto_reconnect INTEGER NOT NULL DEFAULT 1,
    max_retries INTEGER NOT NULL DEFAULT 10,
    enabled INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);

CREATE TABLE IF NOT EXISTS session_context (
    id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    issue TEXT NOT NULL,
    root_cause TEXT,
    resolution TEXT,
    commands TEXT,
    ticket_ref TEXT,
    author TEXT NOT NULL,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);
CREATE INDEX IF NOT EXISTS idx_session_context_session_id ON session_context(session_id);

CREATE TABLE IF NOT EXISTS device_memory (
    id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    role TEXT,
    criticality TEXT CHECK (criticality IS NULL OR criticality IN ('low', 'medium', 'high', 'critical')),
    standing_instructions TEXT,
    notes TEXT,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now')),
    UNIQUE (session_id)
);
CREATE INDEX IF NOT EXISTS idx_device_memory_session_id ON device_memory(session_id);

CREATE TABLE IF NOT EXISTS device_memory_entries (
    id TEXT PRIMARY KEY,
    device_memory_id TEXT NOT NULL REFERENCES device_memory(id) ON DELETE CASCADE,
    date TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('manual', 'troubleshooting', 'overlord')),
    author TEXT NOT NULL,
    content TEXT NOT NULL,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);
CREATE INDEX IF NOT EXISTS idx_device_memory_entries_memory_id ON device_memory_entries(device_memory_id);

CREATE TABLE IF NOT EXISTS groups (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    tabs TEXT NOT NULL,
    topology_id TEXT,
    default_launch_action TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    last_used_at TEXT
);
CREATE INDEX IF NOT EXISTS idx_groups_updated_at ON groups(updated_at DESC);

CREATE TABLE IF NOT EXISTS layouts (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    session_ids TEXT NOT NULL,
    tabs TEXT,
    orientation TEXT NOT NULL DEFAULT 'horizontal',
    sizes TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS idx_layouts_name ON layouts(name);
