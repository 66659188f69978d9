-- External systems: API resources, inventory sources, mail, git, certificates. (contract 02, section 1.5)

CREATE TABLE IF NOT EXISTS api_keys (
    key_type TEXT PRIMARY KEY,
    encrypted_data BLOB NOT NULL,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);

CREATE TABLE IF NOT EXISTS api_resources (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    base_url TEXT NOT NULL,
    auth_type TEXT NOT NULL DEFAULT 'none',
    auth_header_name TEXT,
    auth_header_prefix TEXT,
    auth_flow TEXT,
    default_headers TEXT NOT NULL DEFAULT '{}',
    custom_headers TEXT NOT NULL DEFAULT '[]',
    verify_ssl INTEGER NOT NULL DEFAULT 1,
    timeout_secs INTEGER NOT NULL DEFAULT 30,
    test_path TEXT,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);
CREATE INDEX IF NOT EXISTS idx_api_resources_name ON api_resources(name);

CREATE TABLE IF NOT EXISTS api_resource_credentials (
    api_resource_id TEXT PRIMARY KEY REFERENCES api_resources(id) ON DELETE CASCADE,
    encrypted_data BLOB NOT NULL,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);

CREATE TABLE IF NOT EXISTS quick_actions (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT,
    api_resource_id TEXT NOT NULL REFERENCES api_resources(id) ON DELETE CASCADE,
    method TEXT NOT NULL DEFAULT 'GET',
    path TEXT NOT NULL DEFAULT '/',
    headers TEXT NOT NULL DEFAULT '{}',
    body TEXT,
    json_extract_path TEXT,
    icon TEXT DEFAULT 'zap',
    color TEXT,
    sort_order INTEGER DEFAULT 0,
    category TEXT,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);
CREATE INDEX IF NOT EXISTS idx_quick_actions_resource ON quick_actions(api_resource_id);
CREATE INDEX IF NOT EXISTS idx_quick_actions_sort ON quick_actions(sort_order, name);

CREATE TABLE IF NOT EXISTS netbox_sources (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    api_resource_id TEXT NOT NULL REFERENCES api_resources(id) ON DELETE RESTRICT,
    default_profile_id TEXT REFERENCES credential_profiles(id) ON DELETE SET NULL,
    profile_mappings TEXT,
    cli_flavor_mappings TEXT,
    device_filters TEXT,
    last_sync_at TEXT,
    last_sync_filters TEXT,
    last_sync_result TEXT,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);
CREATE INDEX IF NOT EXISTS idx_netbox_sources_name ON netbox_sources(name);

CREATE TABLE IF NOT EXISTS librenms_sources (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    api_resource_id TEXT NOT NULL REFERENCES api_resources(id) ON DELETE RESTRICT,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);
CREATE INDEX IF NOT EXISTS idx_librenms_sources_name ON librenms_sources(name);

CREATE TABLE IF NOT EXISTS netstacks_crawler_sources (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    api_resource_id TEXT NOT NULL REFERENCES api_resources(id) ON DELETE RESTRICT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS idx_netstacks_crawler_sources_name ON netstacks_crawler_sources(name);

CREATE TABLE IF NOT EXISTS smtp_config (
    id TEXT PRIMARY KEY DEFAULT 'default',
    host TEXT NOT NULL,
    port INTEGER NOT NULL DEFAULT 587,
    username TEXT NOT NULL,
    use_tls INTEGER NOT NULL DEFAULT 1,
    from_email TEXT NOT NULL,
    from_name TEXT,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);

CREATE TABLE IF NOT EXISTS git_accounts (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    provider TEXT NOT NULL,
    host TEXT,
    auth_method TEXT NOT NULL DEFAULT 'pat',
    credential TEXT NOT NULL DEFAULT '',
    is_default INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);

CREATE TABLE IF NOT EXISTS cert_auth_state (
    id INTEGER PRIMARY KEY DEFAULT 1,
    private_key_encrypted BLOB NOT NULL,
    public_key_openssh TEXT NOT NULL,
    certificate_openssh TEXT,
    cert_expiry TEXT,
    ca_public_key TEXT,
    ca_id TEXT,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);
