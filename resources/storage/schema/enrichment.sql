-- What the terminal looks up for the word under the pointer. (contract 02, section 1.5)

CREATE TABLE IF NOT EXISTS enrichment_matchers (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    patterns TEXT NOT NULL DEFAULT '[]',
    cli_flavors TEXT NOT NULL DEFAULT '[]',
    priority INTEGER NOT NULL DEFAULT 10,
    is_builtin INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    UNIQUE (name)
);

CREATE TABLE IF NOT EXISTS enrichment_sources (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    kind TEXT NOT NULL DEFAULT 'api_resource',
    api_resource_id TEXT REFERENCES api_resources(id) ON DELETE SET NULL,
    method TEXT NOT NULL DEFAULT 'GET',
    path_template TEXT NOT NULL DEFAULT '',
    response_unwrap TEXT NOT NULL DEFAULT '',
    picked_fields TEXT NOT NULL DEFAULT '[]',
    is_builtin INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    UNIQUE (name)
);

CREATE TABLE IF NOT EXISTS enrichment_matcher_sources (
    matcher_id TEXT NOT NULL REFERENCES enrichment_matchers(id) ON DELETE CASCADE,
    source_id TEXT NOT NULL REFERENCES enrichment_sources(id) ON DELETE CASCADE,
    sort_order INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (matcher_id, source_id)
);
CREATE INDEX IF NOT EXISTS idx_enrichment_matcher_sources_matcher ON enrichment_matcher_sources(matcher_id);
CREATE INDEX IF NOT EXISTS idx_enrichment_matcher_sources_source ON enrichment_matcher_sources(source_id);

CREATE TABLE IF NOT EXISTS oui_vendors (
    prefix TEXT PRIMARY KEY,
    vendor TEXT NOT NULL,
    registry TEXT NOT NULL DEFAULT 'MA-L',
    updated_at TEXT NOT NULL
);
