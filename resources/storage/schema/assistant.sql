-- Commands, prompts, the assistant and its tasks, MCP and language servers. (contract 02, section 1.5)

CREATE TABLE IF NOT EXISTS custom_commands (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    command TEXT NOT NULL,
    detection_types TEXT,
    sort_order INTEGER DEFAULT 0,
    enabled INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    action_type TEXT NOT NULL DEFAULT 'terminal',
    quick_action_id TEXT,
    quick_action_variable TEXT,
    script_id TEXT,
    show_in_force_click INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE IF NOT EXISTS quick_prompts (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    prompt TEXT NOT NULL,
    is_favorite INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS idx_quick_prompts_favorite ON quick_prompts(is_favorite DESC, name);

CREATE TABLE IF NOT EXISTS ai_conversations (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL DEFAULT 'New chat',
    messages TEXT NOT NULL DEFAULT '[]',
    agent_type TEXT,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);
CREATE INDEX IF NOT EXISTS idx_ai_conversations_updated ON ai_conversations(updated_at DESC);

CREATE TABLE IF NOT EXISTS ai_memory (
    id TEXT PRIMARY KEY,
    content TEXT NOT NULL,
    category TEXT NOT NULL DEFAULT 'general',
    source TEXT NOT NULL DEFAULT 'ai',
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);
CREATE INDEX IF NOT EXISTS idx_ai_memory_category ON ai_memory(category);
CREATE INDEX IF NOT EXISTS idx_ai_memory_created_at ON ai_memory(created_at);

CREATE TABLE IF NOT EXISTS ai_engineer_profile (
    id INTEGER PRIMARY KEY,
    name TEXT,
    behavior_mode TEXT DEFAULT 'assistant',
    autonomy_level TEXT DEFAULT 'suggest',
    vendor_weights TEXT DEFAULT '{}',
    domain_focus TEXT DEFAULT '{}',
    cert_perspective TEXT DEFAULT 'vendor-neutral',
    verbosity TEXT DEFAULT 'balanced',
    risk_tolerance TEXT DEFAULT 'conservative',
    troubleshooting_method TEXT DEFAULT 'top-down',
    syntax_style TEXT DEFAULT 'full',
    user_experience_level TEXT DEFAULT 'mid',
    environment_type TEXT DEFAULT 'production',
    safety_rules TEXT DEFAULT '[]',
    communication_style TEXT,
    onboarding_completed BOOLEAN DEFAULT 0,
    compiled_segments TEXT,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS agent_definitions (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT,
    system_prompt TEXT NOT NULL,
    provider TEXT,
    model TEXT,
    temperature REAL,
    max_iterations INTEGER NOT NULL DEFAULT 15,
    max_tokens INTEGER NOT NULL DEFAULT 4096,
    enabled INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    UNIQUE (name)
);
CREATE INDEX IF NOT EXISTS idx_agent_definitions_name ON agent_definitions(name);
CREATE INDEX IF NOT EXISTS idx_agent_definitions_enabled ON agent_definitions(enabled);

CREATE TABLE IF NOT EXISTS agent_tasks (
    id TEXT PRIMARY KEY,
    prompt TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'running', 'completed', 'failed', 'cancelled')),
    progress_pct INTEGER NOT NULL DEFAULT 0 CHECK (progress_pct BETWEEN 0 AND 100),
    result_json TEXT,
    error_message TEXT,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now')),
    started_at TEXT,
    completed_at TEXT,
    agent_definition_id TEXT REFERENCES agent_definitions(id),
    parent_task_id TEXT REFERENCES agent_tasks(id),
    root_task_id TEXT,
    depth INTEGER NOT NULL DEFAULT 0,
    spawned_by_agent_definition_id TEXT REFERENCES agent_definitions(id),
    delegation_label TEXT
);
CREATE INDEX IF NOT EXISTS idx_agent_tasks_status ON agent_tasks(status);
CREATE INDEX IF NOT EXISTS idx_agent_tasks_created_at ON agent_tasks(created_at);
CREATE INDEX IF NOT EXISTS idx_agent_tasks_parent ON agent_tasks(parent_task_id);
CREATE INDEX IF NOT EXISTS idx_agent_tasks_root ON agent_tasks(root_task_id);

CREATE TABLE IF NOT EXISTS task_messages (
    id TEXT PRIMARY KEY,
    task_id TEXT NOT NULL REFERENCES agent_tasks(id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    iteration INTEGER NOT NULL DEFAULT 0,
    kind TEXT NOT NULL CHECK (kind IN ('thought', 'command', 'tool_result', 'error', 'status')),
    tool_name TEXT,
    content TEXT NOT NULL,
    created_at TEXT NOT NULL DEFAULT (datetime('now'))
);
CREATE INDEX IF NOT EXISTS idx_task_messages_task_seq ON task_messages(task_id, seq);

CREATE TABLE IF NOT EXISTS task_interactions (
    id TEXT PRIMARY KEY,
    task_id TEXT NOT NULL REFERENCES agent_tasks(id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('approval', 'question', 'plan', 'checkpoint')),
    status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'resolved', 'expired')),
    prompt TEXT NOT NULL,
    choices_json TEXT,
    tool_name TEXT,
    tool_input_json TEXT,
    diff TEXT,
    response_json TEXT,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    resolved_at TEXT
);
CREATE INDEX IF NOT EXISTS idx_task_interactions_task ON task_interactions(task_id);
CREATE INDEX IF NOT EXISTS idx_task_interactions_status ON task_interactions(status);

CREATE TABLE IF NOT EXISTS mcp_servers (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    command TEXT NOT NULL,
    args TEXT NOT NULL DEFAULT '[]',
    enabled INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now')),
    transport_type TEXT NOT NULL DEFAULT 'stdio',
    url TEXT,
    auth_type TEXT NOT NULL DEFAULT 'none',
    auth_token TEXT,
    auth_token_encrypted BLOB,
    server_type TEXT NOT NULL DEFAULT 'custom'
);

CREATE TABLE IF NOT EXISTS mcp_tools (
    id TEXT PRIMARY KEY,
    server_id TEXT NOT NULL REFERENCES mcp_servers(id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT,
    input_schema TEXT NOT NULL,
    enabled INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now')),
    UNIQUE (server_id, name)
);
CREATE INDEX IF NOT EXISTS idx_mcp_tools_server ON mcp_tools(server_id);
CREATE INDEX IF NOT EXISTS idx_mcp_tools_enabled ON mcp_tools(enabled);

CREATE TABLE IF NOT EXISTS lsp_plugins (
    id TEXT PRIMARY KEY,
    display_name TEXT NOT NULL,
    language TEXT NOT NULL,
    file_extensions TEXT NOT NULL DEFAULT '[]',
    command TEXT NOT NULL,
    args TEXT NOT NULL DEFAULT '[]',
    env_vars TEXT NOT NULL DEFAULT '{}',
    enabled INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);

CREATE TABLE IF NOT EXISTS lsp_plugin_overrides (
    plugin_id TEXT PRIMARY KEY,
    enabled INTEGER NOT NULL DEFAULT 1,
    custom_command TEXT,
    custom_args TEXT NOT NULL DEFAULT '[]',
    updated_at TEXT NOT NULL DEFAULT (datetime('now'))
);
