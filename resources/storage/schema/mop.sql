-- Methods of procedure: plans, templates and their executions. (contract 02, section 1.5)

CREATE TABLE IF NOT EXISTS mop_plans (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT,
    status TEXT NOT NULL DEFAULT 'draft',
    revision INTEGER NOT NULL DEFAULT 1,
    risk_level TEXT,
    change_ticket TEXT,
    tags TEXT NOT NULL DEFAULT '[]',
    source_type TEXT NOT NULL DEFAULT 'manual',
    source_id TEXT,
    source_variables TEXT,
    steps TEXT NOT NULL DEFAULT '[]',
    device_overrides TEXT,
    controller_id TEXT,
    created_by TEXT NOT NULL DEFAULT 'user',
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);
CREATE INDEX IF NOT EXISTS idx_mop_plans_name ON mop_plans(name);
CREATE INDEX IF NOT EXISTS idx_mop_plans_status ON mop_plans(status);

CREATE TABLE IF NOT EXISTS mop_templates (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT,
    mop_steps TEXT NOT NULL DEFAULT '[]',
    created_by TEXT NOT NULL,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);
CREATE INDEX IF NOT EXISTS idx_mop_templates_name ON mop_templates(name);

CREATE TABLE IF NOT EXISTS mop_executions (
    id TEXT PRIMARY KEY,
    template_id TEXT REFERENCES mop_templates(id) ON DELETE SET NULL,
    plan_id TEXT,
    plan_revision INTEGER NOT NULL DEFAULT 1,
    name TEXT NOT NULL,
    description TEXT,
    execution_strategy TEXT NOT NULL DEFAULT 'sequential',
    control_mode TEXT NOT NULL DEFAULT 'phase_based',
    status TEXT NOT NULL DEFAULT 'pending',
    current_phase TEXT,
    ai_analysis TEXT,
    ai_autonomy_level INTEGER,
    pause_after_pre_checks INTEGER NOT NULL DEFAULT 1,
    pause_after_changes INTEGER NOT NULL DEFAULT 1,
    pause_after_post_checks INTEGER NOT NULL DEFAULT 1,
    on_failure TEXT NOT NULL DEFAULT 'pause',
    created_by TEXT NOT NULL,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now')),
    started_at TEXT,
    completed_at TEXT,
    last_checkpoint TEXT
);
CREATE INDEX IF NOT EXISTS idx_mop_executions_status ON mop_executions(status);
CREATE INDEX IF NOT EXISTS idx_mop_executions_template ON mop_executions(template_id);

CREATE TABLE IF NOT EXISTS mop_execution_devices (
    id TEXT PRIMARY KEY,
    execution_id TEXT NOT NULL REFERENCES mop_executions(id) ON DELETE CASCADE,
    session_id TEXT REFERENCES sessions(id) ON DELETE CASCADE,
    device_id TEXT,
    credential_id TEXT,
    device_name TEXT,
    device_host TEXT,
    role TEXT,
    device_order INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL DEFAULT 'pending',
    current_step_id TEXT,
    pre_snapshot_id TEXT REFERENCES snapshots(id) ON DELETE SET NULL,
    post_snapshot_id TEXT REFERENCES snapshots(id) ON DELETE SET NULL,
    ai_analysis TEXT,
    started_at TEXT,
    completed_at TEXT,
    error_message TEXT,
    UNIQUE (execution_id, session_id)
);
CREATE INDEX IF NOT EXISTS idx_mop_exec_devices_execution ON mop_execution_devices(execution_id);
CREATE INDEX IF NOT EXISTS idx_mop_exec_devices_session ON mop_execution_devices(session_id);

CREATE TABLE IF NOT EXISTS mop_execution_steps (
    id TEXT PRIMARY KEY,
    execution_device_id TEXT NOT NULL REFERENCES mop_execution_devices(id) ON DELETE CASCADE,
    step_order INTEGER NOT NULL,
    step_type TEXT NOT NULL,
    command TEXT NOT NULL,
    description TEXT,
    expected_output TEXT,
    mock_enabled INTEGER NOT NULL DEFAULT 0,
    mock_output TEXT,
    status TEXT NOT NULL DEFAULT 'pending',
    output TEXT,
    ai_feedback TEXT,
    started_at TEXT,
    completed_at TEXT,
    duration_ms INTEGER,
    execution_source TEXT NOT NULL DEFAULT 'cli',
    quick_action_id TEXT,
    quick_action_variables TEXT,
    script_id TEXT,
    script_args TEXT,
    paired_step_id TEXT,
    output_format TEXT
);
CREATE INDEX IF NOT EXISTS idx_mop_exec_steps_device ON mop_execution_steps(execution_device_id);
CREATE INDEX IF NOT EXISTS idx_mop_exec_steps_type ON mop_execution_steps(step_type);
