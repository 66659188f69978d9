"""A netstacks.db by the rules of contract 02 part 1, made and judged without the agent's code: with Python's sqlite3 and the
table list that tests/unit/storage/expected-schema.txt keeps."""

import contextlib
import json
import pathlib
import re
import sqlite3

SCHEMA = pathlib.Path(__file__).parents[2] / "unit/storage/expected-schema.txt"

# Section 1.5, "CHECK constraints".
WORDS = {
    ("sessions", "auth_type"): ("password", "key"),
    ("credential_profiles", "auth_type"): ("password", "key"),
    ("vault_config", "id"): (1,),
    ("documents", "category"): ("outputs", "templates", "notes", "backups", "history", "troubleshooting", "mops"),
    ("documents", "content_type"): ("csv", "json", "jinja", "config", "text", "markdown", "recording"),
    ("agent_tasks", "status"): ("pending", "running", "completed", "failed", "cancelled"),
    ("task_messages", "kind"): ("thought", "command", "tool_result", "error", "status"),
    ("task_interactions", "kind"): ("approval", "question", "plan", "checkpoint"),
    ("task_interactions", "status"): ("pending", "resolved", "expired"),
    ("device_memory", "criticality"): ("low", "medium", "high", "critical"),
    ("device_memory_entries", "source"): ("manual", "troubleshooting", "overlord"),
}
# Section 2.2: where vault blobs lie.
SEALED = {
    "profile_credentials": "encrypted_data", "credentials": "encrypted_data", "api_keys": "encrypted_data",
    "api_resource_credentials": "encrypted_data", "documents": "encrypted_content",
    "document_versions": "encrypted_content", "mapped_keys": "command_encrypted",
    "mcp_servers": "auth_token_encrypted", "cert_auth_state": "private_key_encrypted",
}
# Section 1.3: times are texts of this form ...
TIME = re.compile(r"\d{4}-(0\d|1[0-2])-([0-2]\d|3[01]) ([01]\d|2[0-3]):[0-5]\d:[0-5]\d")
# ... but for these, which pass through what RFC 3339 allows.
RFC_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")
RFC_TABLES = {"groups", "agent_tasks", "task_messages", "task_interactions"}  # the last three: contract 09, section 0
STORAGE_CLASSES = {"TEXT": {"text"}, "INTEGER": {"integer"}, "REAL": {"real"}, "BLOB": {"blob"}, "BOOLEAN": {"integer"},
                   "TIMESTAMP": {"text"}}
JSON_COLUMNS = {
    "sessions": ("port_forwards", "auto_commands"), "credential_profiles": ("auto_commands",), "groups": ("tabs",),
    "layouts": ("session_ids", "tabs", "sizes"), "settings": ("value",), "enrichment_matchers": ("patterns", "cli_flavors"),
    "enrichment_sources": ("picked_fields",),
}
# Section 1.3: never NULL, although the column allows it.
ALWAYS_SET = {"sessions": ("sort_order", "profile_id", "port"), "folders": ("sort_order",), "snippets": ("sort_order",),
              "custom_commands": ("sort_order",), "quick_actions": ("sort_order",)}
# Section 1.5: indexes that only files of some ages have.
AGED_INDEXES = {"idx_jump_hosts_name", "idx_sessions_jump_host", "idx_topologies_folder", "idx_documents_session_id",
                "idx_document_versions_document_id", "idx_highlight_rules_category"}


class Column:
    def __init__(self, line):
        words, _, self.default = line.partition(" = ")
        self.name, self.type, *marks = words.split()
        self.not_null, self.key = "not-null" in marks, "pk" in marks
        reference = next((mark[2:].split(":") for mark in marks if mark.startswith("->")), None)
        self.parent, self.on_delete = (reference[0], reference[1].replace("-", " ")) if reference else (None, None)

    def sql(self, table):
        parts = [self.name, self.type]
        if self.not_null:
            parts.append("NOT NULL")
        if self.default:
            parts.append(f"DEFAULT ({self.default})")
        if words := WORDS.get((table, self.name)):
            parts.append(f"CHECK ({self.name} IS NULL OR {self.name} IN ({', '.join(map(repr, words))}))")
        if self.parent:
            parts.append(f"REFERENCES {self.parent}(id) ON DELETE {self.on_delete}")
        return " ".join(parts)


def read_schema():
    """Table name -> (columns, [(index name, columns)], [columns of a UNIQUE])."""
    tables = {}
    for line in SCHEMA.read_text().splitlines():
        word, _, rest = line.strip().partition(" ")
        if line.startswith("table "):
            columns, indexes, uniques = tables[rest] = [], [], []
        elif word == "index":
            indexes.append(tuple(rest.split(" ", 1)))
        elif word == "unique":
            uniques.append(rest)
        else:
            columns.append(Column(line.strip()))
    return tables


TABLES = read_schema()


def create(path):
    """An empty file as the older agent makes it: rollback journal, versions 0, nobody else's tables."""
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        for table, (columns, indexes, uniques) in TABLES.items():
            keys = ", ".join(column.name for column in columns if column.key)
            parts = [column.sql(table) for column in columns] + [f"PRIMARY KEY ({keys})"]
            parts += [f"UNIQUE ({unique})" for unique in uniques]
            database.execute(f"CREATE TABLE {table} ({', '.join(parts)})")
            for name, indexed in indexes:
                indexed = re.sub(r"-(?=,|$)", " DESC", indexed)
                database.execute(f"CREATE INDEX {name} ON {table}({indexed})")


def insert(database, table, **values):
    marks = ", ".join("?" * len(values))
    database.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", list(values.values()))


def filler(table, column, number=1):
    """A value by the rules for a column that nobody cares about."""
    if (table, column.name) in WORDS:
        return WORDS[table, column.name][0]
    if column.type in ("TEXT", "TIMESTAMP"):
        if column.name.endswith("_at"):
            return "2026-03-01T09:15:00.123456+00:00" if table in RFC_TABLES else "2026-03-01 09:15:00"
        if column.default in ("'[]'", "'{}'"):
            return column.default.strip("'")
        return f"{table}-{column.name}-{number}"
    return {"INTEGER": number, "BOOLEAN": 1, "REAL": 1.5}.get(column.type)


def insert_filler(database, table, number=1, **values):
    """A row with every column set; `values` for those that matter. Parents are named as `<table>-id-1` unless given."""
    for column in TABLES[table][0]:
        if column.name in values:
            continue
        if column.parent:
            values[column.name] = None if column.parent == table else f"{column.parent}-id-1"
        else:
            values[column.name] = filler(table, column, number)
    insert(database, table, **values)


def rows(database, table):
    """The rows of a table as dictionaries, in the order of its key."""
    columns = [column.name for column in TABLES[table][0]]
    keys = ", ".join(column.name for column in TABLES[table][0] if column.key)
    return [dict(zip(columns, row)) for row in database.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY {keys}")]


def schema_faults(database):
    """What keeps the older agent from working with the file, and objects that it must not meet (section 1.4)."""
    faults = []
    for table, (columns, indexes, _) in TABLES.items():
        found = {row[1]: row for row in database.execute(f"PRAGMA table_info({table})")}
        parents = {row[3]: (row[2], row[6]) for row in database.execute(f"PRAGMA foreign_key_list({table})")}
        for column in columns:
            if column.name not in found:
                faults.append(f"{table}.{column.name} is missing")
                continue
            _, name, kind, not_null, default, key = found.pop(column.name)
            if (kind, bool(not_null), bool(key)) != (column.type, column.not_null, column.key):
                faults.append(f"{table}.{name} is {kind}, not null {not_null}, key {key}")
            if (default or "") != column.default:
                faults.append(f"{table}.{name} has the default {default}")
            if parents.pop(name, (None, None)) != (column.parent, column.on_delete):
                faults.append(f"{table}.{name} refers elsewhere")
        faults += [f"{table}.{name} is not in the contract" for name in found]
        faults += [f"{table}.{name} refers to {parent}" for name, parent in parents.items()]
        present = {row[1] for row in database.execute(f"PRAGMA index_list({table})")}
        faults += [f"index {name} is missing" for name, _ in indexes if name not in present]
    indexes = {name for _, named, _ in TABLES.values() for name, _ in named} | AGED_INDEXES
    for kind, name, sql in database.execute("SELECT type, name, sql FROM sqlite_master"):
        if kind == "table" and name not in TABLES and not name.startswith(("nsx_", "sqlite_")):
            faults.append(f"table {name} is foreign")
        elif kind == "index" and name not in indexes and not name.startswith(("nsx_", "sqlite_autoindex_")):
            faults.append(f"index {name} is foreign")
        elif kind not in ("table", "index"):
            faults.append(f"{kind} {name} is foreign")
        elif re.search(r"\b(STRICT|WITHOUT\s+ROWID|GENERATED)\b", sql or "", re.I):
            faults.append(f"{name} is more than a plain {kind}")
    for pragma in ("integrity_check", "foreign_key_check"):
        faults += [f"{pragma}: {row}" for row in database.execute(f"PRAGMA {pragma}") if row != ("ok",)]
    return faults


def value_faults(database):
    """Values that are not stored as section 1.3 says."""
    faults = []
    for table, (columns, _, _) in TABLES.items():
        kinds = ", ".join(f"typeof({column.name})" for column in columns)
        names = ", ".join(column.name for column in columns)
        for row in database.execute(f"SELECT {names}, {kinds} FROM {table}"):
            for column, value, kind in zip(columns, row, row[len(columns):]):
                place = f"{table}.{column.name} = {value!r}"
                if kind == "null":
                    if column.name in ALWAYS_SET.get(table, ()):
                        faults.append(f"{place}: must have a value")
                    continue
                if kind not in STORAGE_CLASSES[column.type]:
                    faults.append(f"{place}: stored as {kind}")
                elif column.name.endswith("_at"):
                    form = RFC_TIME if table in RFC_TABLES else TIME
                    if not form.fullmatch(value):
                        faults.append(f"{place}: no time")
                elif column.name in JSON_COLUMNS.get(table, ()):
                    if not is_compact_json(value):
                        faults.append(f"{place}: no compact JSON")
    for (host,) in database.execute("SELECT host FROM sessions WHERE profile_id = '' OR username <> ''"):
        faults.append(f"session of {host}: the older agent would delete it")
    return faults


def is_compact_json(text):
    """No space outside strings."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return not re.search(r"\s", re.sub(r'"(?:[^"\\]|\\.)*"', '""', text))


def sealed_texts(database, cipher, elsewhere=()):
    """{(table, key): plain bytes} of every blob; raises when one is not by the rules. `elsewhere`: tables whose blobs may
    lie under another salt (section 2.1); those are left out."""
    record = database.execute("SELECT verification_data FROM vault_config").fetchone()
    texts = {("vault_config", 1): cipher.open(record[0])} if record else {}
    for table, column in SEALED.items():
        key = next(column.name for column in TABLES[table][0] if column.key)
        for name, blob in database.execute(f"SELECT {key}, {column} FROM {table} WHERE length({column}) > 0"):
            if table in elsewhere and blob[:32] != cipher.salt:
                continue
            if not isinstance(blob, bytes) or len(blob) < 60 or blob[:32] != cipher.salt:
                raise AssertionError(f"{table} {name}: no blob under the vault's salt")
            texts[table, name] = cipher.open(blob)
            if texts[table, name] is None:
                raise AssertionError(f"{table} {name}: does not open under the vault's key")
    return texts
