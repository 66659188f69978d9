"""Every call of contract 06 section 1, with the shape of its answer: what the Terminal asks at its start, and what each panel
asks. A call with `later` belongs to a part that may not be there yet: it may answer 404 or 501; once it is served it is held to
its shape like the others."""

from shapes import Maybe, Open, Words, anything, flag, nothing, number, text, time, whole

PORT_FORWARD = {"id": text, "forward_type": Words("local", "remote", "dynamic"), "local_port": whole, "remote_host": Maybe(text),
                "remote_port": Maybe(whole), "bind_address": Maybe(text), "enabled": flag}
FLAVOR = Words("auto", "linux", "cisco-ios", "cisco-ios-xr", "cisco-nxos", "juniper", "arista", "paloalto", "fortinet")
SESSION = {"id": text, "name": text, "folder_id": Maybe(text), "host": text, "port": whole, "color": Maybe(text), "icon": Maybe(text),
           "sort_order": whole, "last_connected_at": Maybe(time), "created_at": time, "updated_at": time, "auto_reconnect": flag,
           "reconnect_delay": whole, "scrollback_lines": whole, "local_echo": flag, "font_size_override": Maybe(whole),
           "font_family": Maybe(text), "terminal_theme": Maybe(text), "profile_id": text, "netbox_device_id": Maybe(whole),
           "netbox_source_id": Maybe(text), "cli_flavor": FLAVOR, "jump_host_id": Maybe(text), "jump_session_id": Maybe(text),
           "port_forwards": [PORT_FORWARD], "auto_commands": [text], "legacy_ssh": flag, "protocol": Words("ssh", "telnet"),
           "sftp_start_path": Maybe(text)}
FOLDER = {"id": text, "name": text, "parent_id": Maybe(text), "scope": Words("session", "topology"), "sort_order": whole,
          "created_at": time, "updated_at": time}
HISTORY = {"id": text, "session_id": Maybe(text), "host": text, "port": whole, "username": text, "connected_at": time,
           "disconnected_at": Maybe(time), "duration_seconds": Maybe(whole)}
PROFILE = {"id": text, "name": text, "username": text, "auth_type": Words("password", "key"), "key_path": Maybe(text), "port": whole,
           "keepalive_interval": whole, "connection_timeout": whole, "terminal_theme": Maybe(text), "default_font_size": Maybe(whole),
           "default_font_family": Maybe(text), "scrollback_lines": whole, "local_echo": flag, "auto_reconnect": flag,
           "reconnect_delay": whole, "cli_flavor": FLAVOR, "auto_commands": [text], "jump_host_id": Maybe(text),
           "jump_session_id": Maybe(text), "created_at": time, "updated_at": time}
GROUP_TAB = {"type": Words("terminal", "topology", "document"), "session_id?": text, "topology_id?": text, "document_id?": text,
             "document_name?": text}
GROUP = {"id": text, "name": text, "tabs": [GROUP_TAB], "topology_id?": text,
         "default_launch_action?": Words("alongside", "replace", "new_window", "ask"), "created_at": time, "updated_at": time,
         "last_used_at?": time}
LAYOUT = {"id": text, "name": text, "session_ids": [text],
          "tabs": Maybe([{"type": Words("terminal", "topology", "document"), "session_id": Maybe(text), "topology_id": Maybe(text),
                          "document_id": Maybe(text), "document_name": Maybe(text)}]),
          "orientation": text, "sizes": Maybe([number]), "created_at": time, "updated_at": time}
TUNNEL_STATE = {"id": text, "status": Words("disconnected", "connecting", "connected", "reconnecting", "failed"),
                "uptime_secs": Maybe(whole), "bytes_tx": whole, "bytes_rx": whole, "last_error": Maybe(text), "retry_count": whole}
TUNNEL = TUNNEL_STATE | {"name": text, "host": text, "port": whole, "profile_id": text, "jump_host_id": Maybe(text),
                         "jump_session_id": Maybe(text), "forward_type": Words("local", "remote", "dynamic"), "local_port": whole,
                         "bind_address": text, "remote_host": Maybe(text), "remote_port": Maybe(whole), "auto_start": flag,
                         "auto_reconnect": flag, "max_retries": whole, "enabled": flag, "created_at": time, "updated_at": time}
QUICK_PROMPT = {"id": text, "name": text, "prompt": text, "is_favorite": flag, "created_at": time, "updated_at": time}
SNIPPET = {"id": text, "session_id": Maybe(text), "name": text, "command": text, "sort_order": whole, "created_at": time}
MAPPED_KEY = {"id": text, "key_combo": text, "command": text, "description": Maybe(text), "is_secret": flag, "created_at": time}
CUSTOM_COMMAND = {"id": text, "name": text, "command": text, "detection_types": Maybe(text), "sort_order": whole, "enabled": flag,
                  "created_at": time, "action_type": Words("terminal", "quick_action", "script"), "quick_action_id": Maybe(text),
                  "quick_action_variable": Maybe(text), "script_id": Maybe(text), "show_in_force_click": flag}
RECORDING = {"id": text, "session_id": Maybe(text), "name": text, "terminal_cols": whole, "terminal_rows": whole, "duration_ms": whole,
             "file_path": text, "created_at": time, "updated_at": time}
DOCUMENT = {"id": text, "name": text,
            "category": Words("outputs", "templates", "notes", "backups", "history", "troubleshooting", "mops"),
            "content_type": Words("csv", "json", "jinja", "config", "text", "markdown", "recording"), "content": text,
            "parent_folder": Maybe(text), "session_id": Maybe(text), "created_at": time, "updated_at": time, "encrypted": flag,
            "locked": flag}
RULE = {"id": text, "name": text, "pattern": text, "is_regex": flag, "case_sensitive": flag, "whole_word": flag,
        "foreground": Maybe(text), "background": Maybe(text), "bold": flag, "italic": flag, "underline": flag, "category": text,
        "priority": whole, "enabled": flag, "session_id": Maybe(text), "created_at": time, "updated_at": time}
CONTEXT = {"id": text, "session_id": text, "issue": text, "root_cause": Maybe(text), "resolution": Maybe(text), "commands": Maybe(text),
           "ticket_ref": Maybe(text), "author": text, "created_at": time, "updated_at": time}
MEMORY_ENTRY = {"id": text, "device_memory_id": text, "date": text, "source": Words("manual", "troubleshooting", "overlord"),
                "author": text, "content": text, "created_at": time, "updated_at": time}
MEMORY = {"id": text, "session_id": text, "role": Maybe(text), "criticality": Maybe(Words("low", "medium", "high", "critical")),
          "standing_instructions": Maybe(text), "notes": Maybe(text), "created_at": time, "updated_at": time,
          "entries": [MEMORY_ENTRY]}
SEARCH = {"results": [{"type": Words("session", "topology", "mop", "doc", "script"), "id": text, "title": text, "subtitle": Maybe(text),
                       "score": whole}]}
API_RESOURCE = {"id": text, "name": text, "base_url": text,
                "auth_type": Words("none", "bearer_token", "basic", "api_key_header", "custom_header", "multi_step"),
                "auth_header_name": Maybe(text), "auth_header_prefix": Maybe(text), "auth_flow": Maybe([Open()]),
                "default_headers": Open(), "custom_headers": [{"name": text, "value": text}], "verify_ssl": flag, "timeout_secs": whole,
                "has_credentials": flag, "test_path": Maybe(text), "created_at": time, "updated_at": time}
QUICK_ACTION = {"id": text, "name": text, "description": Maybe(text), "api_resource_id": text, "method": text, "path": text,
                "headers": Open(), "body": Maybe(text), "json_extract_path": Maybe(text), "icon": Maybe(text), "color": Maybe(text),
                "sort_order": whole, "category": Maybe(text), "created_at": time, "updated_at": time}
MATCHER = {"id": text, "name": text, "description": text, "patterns": [text], "cli_flavors": [text], "priority": whole,
           "is_builtin": flag, "source_ids": [text], "created_at": time, "updated_at": time}
SOURCE = {"id": text, "name": text, "description": text, "kind": Words("api_resource", "builtin"), "api_resource_id": Maybe(text),
          "method": text, "path_template": text, "response_unwrap": text,
          "picked_fields": [{"key": text, "label": text, "format": text}], "is_builtin": flag, "created_at": time, "updated_at": time}
SCRIPT = {"id": text, "name": text, "content": text, "is_template": flag, "last_run_at": Maybe(time), "created_at": time,
          "updated_at": time, "created_by": text, "approved": flag}


class Call:
    """`path` has names of what the test has made: {session}. `status`: the one that is expected."""

    def __init__(self, method, path, shape=nothing, body=None, status=200, later=None, times=1):
        self.method, self.path, self.shape, self.body, self.status = method, path, shape, body, status
        self.later, self.times = later, times

    def __repr__(self):
        return f"{self.method} {self.path}"


def get(path, shape, **more):
    return Call("GET", path, shape, **more)


def settings(*keys, times=1):
    """Not set yet: null."""
    return [get(f"/api/settings/{key}", anything if key == "ai.terminal_mode" else nothing, times=times) for key in keys]


START = [
    get("/api/vault/status", {"unlocked": flag, "has_master_password": flag}),
    get("/api/sessions", [SESSION], times=2), get("/api/folders", [FOLDER]), get("/api/history", [HISTORY]),
    get("/api/profiles", [PROFILE]), get("/api/groups", [GROUP]), get("/api/quick-prompts", [QUICK_PROMPT]),
    get("/api/ai/profile", {"profile": Maybe(Open())}, times=4),
    get("/api/ai/profile/status", {"onboarded": flag}),
    get("/api/vault/api-keys/ai.anthropic/exists", {"exists": flag}),
    get("/api/mcp/servers", [Open({"id": text, "name": text})], times=4, later="AI"),
    get("/api/librenms-sources", [Open({"id": text, "name": text})], times=3, later="integrations"),
    get("/api/netstacks-crawler-sources", [Open({"id": text, "name": text})], times=3, later="integrations"),
    *settings("ai.mode_prompt.autopilot", "ai.mode_prompt.overlord", "ai.terminal_mode", times=3),
    get("/api/tunnels", [TUNNEL], times=2), Call("POST", "/api/tunnels/start-all", {"status": text}),
    get("/api/tunnels/status", [TUNNEL_STATE]), get("/api/host-keys/prompts", [Open({"id": text})]),
    get("/api/task-approvals", [Open({"id": text})]),
]

# Asked again and again by every window, so they must not wait for the database.
POLLED = ["/api/host-keys/prompts", "/api/tunnels/status", "/api/task-approvals"]

PANELS = {
    "documents panel": [get("/api/docs", [DOCUMENT]),
                        Call("POST", "/api/docs/{template}/render", {"output": text, "success": flag, "error": Maybe(text)},
                             {"variables": {"name": "r1"}})],
    "menus": [get("/api/snippets", [SNIPPET]), get("/api/quick-prompts", [QUICK_PROMPT]),
              get("/api/quick-actions", [QUICK_ACTION], later="API resources")],
    "command palette": [get("/api/search?q=r&limit=30", SEARCH)],
    "a session's terminal": [get("/api/sessions/{session}/context", [CONTEXT]),
                             get("/api/sessions/{session}/highlight-rules/effective", [RULE]),
                             get("/api/sessions/{session}", SESSION), get("/api/mapped-keys", [MAPPED_KEY]),
                             get("/api/mapped-keys/{secret_key}/reveal", {"command": text}),
                             get("/api/custom-commands", [CUSTOM_COMMAND]),
                             get("/api/enrich/active-matchers", Open(), later="enrichment")],
    "a local shell": [get("/api/highlight-rules", [RULE]), get("/api/mapped-keys", [MAPPED_KEY]),
                      get("/api/custom-commands", [CUSTOM_COMMAND])],
    "hover": [Call("POST", "/api/enrich/match", {"token": text, "token_normalized": text, "matcher_name": Maybe(text),
                                                 "source_names": [text]}, {"token": "02:42:ac:11:00:02"}, later="enrichment"),
              Call("POST", "/api/enrich/source", {"source": text, "data": Maybe(Open()), "error": Maybe(text)},
                   {"token": "02:42:ac:11:00:02", "source": "mac_address_type"}, later="enrichment")],
    "settings: prompts": settings("ai.mode_prompt.autopilot", "ai.mode_prompt.overlord", "ai.discovery_prompt", "ai.topology_prompt",
                                  "ai.script_prompt", "ai.agent_config", "ai.agent_operating_guide", "ai.workspace_init_prompt"),
    "settings: AI": [*settings("ai.provider_config", "ai.sanitization_config"),
                     get("/api/vault/api-keys/ai.openai/exists", {"exists": flag}),
                     Call("PUT", "/api/settings/ai.agent_config", body={"value": "{}"}, status=204)],
    "settings: lists": [get("/api/snippets", [SNIPPET]), get("/api/mapped-keys", [MAPPED_KEY]), get("/api/highlight-rules", [RULE]),
                        get("/api/recordings", [RECORDING]), get("/api/layouts", [LAYOUT])],
    "settings: actions": [get("/api/custom-commands", [CUSTOM_COMMAND]),
                          get("/api/quick-actions", [QUICK_ACTION], later="API resources"),
                          get("/api/api-resources", [API_RESOURCE], later="API resources"),
                          get("/api/scripts", [SCRIPT]), get("/api/scripts/{script}/analyze", Open()),
                          get("/api/netbox-sources", [Open({"id": text, "name": text})], later="integrations")],
    "settings: enrichment": [get("/api/enrichment-matchers", [MATCHER], later="enrichment"),
                             get("/api/enrichment-sources", [SOURCE], later="enrichment")],
    "settings: logs": [get("/api/docs?parent_folder=logs", [DOCUMENT])],
    "workspaces": [*settings("workspace-defaults", "workspaces"),
                   get("/api/workspace/git/accounts", anything, later="workspaces"),
                   get("/lsp/plugins", anything, later="language servers")],
    "a recording": [get("/api/recordings/{recording}", RECORDING), get("/api/recordings/{recording}/data", None)],
    "session settings": [get("/api/sessions/{session}/context", [CONTEXT]), get("/api/sessions/{session}/device-memory", MEMORY)],
    "an AI turn": [get("/api/docs", [DOCUMENT]), get("/api/sessions/{session}/device-memory", MEMORY)],
    "restoring a group": [get("/api/sessions", [SESSION]), get("/api/docs/{document}", DOCUMENT),
                          get("/api/topologies/{topology}", Open({"id": text, "name": text})),
                          Call("PUT", "/api/groups/{group}", GROUP, {"last_used_at": "2026-07-01T10:00:00.123+00:00"})],
    "help": [get("/api/docs-kb", [{"slug": text, "title": text}]),
             get("/api/docs-kb/search?q=netbox", [{"slug": text, "title": text, "snippet": text}]),
             get("/api/docs-kb/netbox", {"slug": text, "title": text, "content": text}), get("/api/docs/netbox", DOCUMENT)],
    "versions": [get("/api/docs/{document}/versions", [{"id": text, "document_id": text, "created_at": time}])],
}
