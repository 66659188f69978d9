-- Drawn and discovered networks. (contract 02, section 1.5)

CREATE TABLE IF NOT EXISTS topologies (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    folder_id TEXT REFERENCES folders(id) ON DELETE SET NULL,
    sort_order REAL DEFAULT 0,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    shared INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE IF NOT EXISTS topology_devices (
    id TEXT PRIMARY KEY,
    topology_id TEXT NOT NULL REFERENCES topologies(id) ON DELETE CASCADE,
    session_id TEXT REFERENCES sessions(id) ON DELETE SET NULL,
    x REAL NOT NULL DEFAULT 500.0,
    y REAL NOT NULL DEFAULT 500.0,
    device_type TEXT NOT NULL DEFAULT 'unknown',
    name TEXT NOT NULL,
    host TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    platform TEXT,
    version TEXT,
    model TEXT,
    serial TEXT,
    vendor TEXT,
    primary_ip TEXT,
    uptime TEXT,
    status TEXT,
    site TEXT,
    role TEXT,
    notes TEXT,
    profile_id TEXT REFERENCES credential_profiles(id) ON DELETE SET NULL,
    snmp_profile_id TEXT REFERENCES credential_profiles(id) ON DELETE SET NULL
);
CREATE INDEX IF NOT EXISTS idx_topology_devices_topology ON topology_devices(topology_id);

CREATE TABLE IF NOT EXISTS topology_connections (
    id TEXT PRIMARY KEY,
    topology_id TEXT NOT NULL REFERENCES topologies(id) ON DELETE CASCADE,
    source_device_id TEXT NOT NULL REFERENCES topology_devices(id) ON DELETE CASCADE,
    target_device_id TEXT NOT NULL REFERENCES topology_devices(id) ON DELETE CASCADE,
    source_interface TEXT,
    target_interface TEXT,
    protocol TEXT NOT NULL DEFAULT 'manual',
    label TEXT,
    created_at TEXT NOT NULL,
    waypoints TEXT,
    curve_style TEXT DEFAULT 'straight',
    bundle_id TEXT,
    bundle_index INTEGER,
    color TEXT,
    line_style TEXT DEFAULT 'solid',
    line_width INTEGER DEFAULT 2,
    notes TEXT
);
CREATE INDEX IF NOT EXISTS idx_topology_connections_topology ON topology_connections(topology_id);

CREATE TABLE IF NOT EXISTS topology_annotations (
    id TEXT PRIMARY KEY,
    topology_id TEXT NOT NULL REFERENCES topologies(id) ON DELETE CASCADE,
    annotation_type TEXT NOT NULL,
    element_data TEXT NOT NULL,
    z_index INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS idx_annotations_topology ON topology_annotations(topology_id);
CREATE INDEX IF NOT EXISTS idx_annotations_z_index ON topology_annotations(z_index);
