-- Documents, recordings, highlighting, change control. (contract 02, section 1.5)

CREATE TABLE IF NOT EXISTS documents (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    category TEXT NOT NULL CHECK (category IN ('outputs', 'templates', 'notes', 'backups', 'history', 'troubleshooting', 'mops')),
    content_type TEXT NOT NULL CHECK (content_type IN ('csv', 'json', 'jinja', 'config', 'text', 'markdown', 'recording')),
    content TEXT NOT NULL,
    encrypted_content BLOB,
    parent_folder TEXT,
    session_id TEXT REFERENCES sessions(id) ON DELETE SET NULL,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);
CREATE INDEX IF NOT EXISTS idx_documents_category ON documents(category);
CREATE INDEX IF NOT EXISTS idx_documents_parent_folder ON documents(parent_folder);

CREATE TABLE IF NOT EXISTS document_versions (
    id TEXT PRIMARY KEY,
    document_id TEXT NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    content TEXT NOT NULL,
    encrypted_content BLOB,
    created_at TEXT NOT NULL DEFAULT (datetime('now'))
);
CREATE INDEX IF NOT EXISTS idx_document_versions_document ON document_versions(document_id);

CREATE TABLE IF NOT EXISTS recordings (
    id TEXT PRIMARY KEY,
    session_id TEXT REFERENCES sessions(id) ON DELETE SET NULL,
    name TEXT NOT NULL,
    terminal_cols INTEGER NOT NULL DEFAULT 80,
    terminal_rows INTEGER NOT NULL DEFAULT 24,
    duration_ms INTEGER NOT NULL DEFAULT 0,
    file_path TEXT NOT NULL,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);
CREATE INDEX IF NOT EXISTS idx_recordings_session ON recordings(session_id);
CREATE INDEX IF NOT EXISTS idx_recordings_created_at ON recordings(created_at);

CREATE TABLE IF NOT EXISTS highlight_rules (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    pattern TEXT NOT NULL,
    is_regex INTEGER NOT NULL DEFAULT 0,
    case_sensitive INTEGER NOT NULL DEFAULT 0,
    whole_word INTEGER NOT NULL DEFAULT 0,
    foreground TEXT,
    background TEXT,
    bold INTEGER NOT NULL DEFAULT 0,
    italic INTEGER NOT NULL DEFAULT 0,
    underline INTEGER NOT NULL DEFAULT 0,
    category TEXT NOT NULL DEFAULT 'Custom',
    priority INTEGER NOT NULL DEFAULT 0,
    enabled INTEGER NOT NULL DEFAULT 1,
    session_id TEXT REFERENCES sessions(id) ON DELETE CASCADE,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);
CREATE INDEX IF NOT EXISTS idx_highlight_rules_session ON highlight_rules(session_id);
CREATE INDEX IF NOT EXISTS idx_highlight_rules_enabled ON highlight_rules(enabled);
CREATE INDEX IF NOT EXISTS idx_highlight_rules_priority ON highlight_rules(priority);

CREATE TABLE IF NOT EXISTS changes (
    id TEXT PRIMARY KEY,
    session_id TEXT REFERENCES sessions(id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT,
    status TEXT NOT NULL DEFAULT 'draft',
    mop_steps TEXT NOT NULL DEFAULT '[]',
    pre_snapshot_id TEXT,
    post_snapshot_id TEXT,
    ai_analysis TEXT,
    created_by TEXT NOT NULL,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now')),
    executed_at TEXT,
    completed_at TEXT,
    device_overrides TEXT,
    document_id TEXT
);
CREATE INDEX IF NOT EXISTS idx_changes_session_id ON changes(session_id);
CREATE INDEX IF NOT EXISTS idx_changes_status ON changes(status);
CREATE INDEX IF NOT EXISTS idx_changes_created_at ON changes(created_at);

CREATE TABLE IF NOT EXISTS snapshots (
    id TEXT PRIMARY KEY,
    change_id TEXT NOT NULL REFERENCES changes(id) ON DELETE CASCADE,
    snapshot_type TEXT NOT NULL,
    commands TEXT NOT NULL DEFAULT '[]',
    output TEXT NOT NULL DEFAULT '',
    captured_at TEXT NOT NULL DEFAULT (datetime('now'))
);
CREATE INDEX IF NOT EXISTS idx_snapshots_change_id ON snapshots(change_id);
