"""What the house allows. The one place to edit when a room is added; architecture_test.py checks it."""

# Which rooms a room may include (and link). Doors face down: core knows nobody, app knows everybody.
FOUNDATION = {
    "core": set(),
    "platform": {"core"},
    "net": {"core", "platform"},
    "storage": {"core"},
    "api": {"core", "net", "storage"},  # the describe-once resource routes
    "vault": {"api", "core", "net", "storage"},
}
SERVICES = set(FOUNDATION) - {"platform"}  # what every resource room may use

ROOMS = FOUNDATION | {
    "settings": SERVICES,
    "databasefiles": SERVICES,
    "sshcert": SERVICES,
    "groups": SERVICES,
    "history": SERVICES,
    "jumps": SERVICES,
    "profiles": SERVICES | {"jumps"},
    "sessions": SERVICES | {"jumps", "profiles"},
    # reads foreign formats; what it makes goes through the session import
    "sessionimport": SERVICES | {"jumps", "profiles", "sessions"},
    "topologies": SERVICES | {"profiles", "sessions"},
    # what is stored about other systems; connecting to them comes later
    "integrations": SERVICES | {"apiresources", "httpclient", "profiles"},
    "mcp": SERVICES | {"httpclient"},
    "smtp": SERVICES,
    "gitaccounts": SERVICES | {"httpclient"},
    "mappedkeys": SERVICES,
    "snippets": SERVICES | {"sessions"},
    "notes": SERVICES | {"sessions"},
    "devicememory": SERVICES | {"sessions"},
    # what terminals leave behind
    "outputs": {"core", "storage"},
    "terminallogs": SERVICES | {"outputs", "platform"},
    "recordings": SERVICES | {"outputs", "platform"},
    # the library
    "customcommands": SERVICES,
    "highlights": SERVICES | {"sessions"},
    "quickprompts": SERVICES,
    "docskb": {"core", "net"},
    "documents": SERVICES | {"docskb", "outputs", "templating"},
    "search": SERVICES | {"docskb"},
    # what the world knows of an address: DNS, WHOIS, MAC vendors
    "lookups": SERVICES | {"httpclient", "settings"},
    # what a hover over a word in a terminal shows
    "enrichment": SERVICES | {"apiresources", "httpclient", "lookups", "sessions"},
    # what an assistant may run
    "commandfilter": {"core"},
    "configmode": SERVICES | {"commandfilter"},
    "outputcache": {"api", "core", "net"},
    "templating": {"core"},
    "localexec": SERVICES | {"commandfilter", "platform", "settings"},
    "localfiles": {"api", "core", "net", "platform"},
    # terminals: a backend knows no HTTP and no SQL
    "backend": {"core", "platform"},
    "pty": {"backend", "core", "platform"},
    "ssh": {"backend", "core", "platform"},
    # port forwards that outlive a terminal, and those that come with one
    "tunnels": SERVICES | {"jumps", "profiles", "sessions", "ssh"},
    "telnet": {"backend", "core", "platform"},
    "terminal": {"backend", "core", "net", "platform", "pty", "ssh", "telnet"},
    # the one place that turns a saved session into a login
    "login": SERVICES | {"jumps", "profiles", "sessions", "settings", "ssh", "telnet", "terminal", "tunnels"},
    # Python scripts on this machine, with the devices they are run for
    "scripts": SERVICES | {"platform", "profiles", "sessions"},
    # commands on devices: single, in a shell, on many at once; files on them
    "exec": SERVICES | {"backend", "profiles", "sessions", "settings", "ssh", "telnet", "terminal"},
    # requests to web services, and what is kept of them
    "httpclient": {"core", "net", "platform"},
    "apiresources": SERVICES | {"httpclient"},
    "quickactions": SERVICES | {"apiresources", "httpclient"},
    # files on devices, for people
    "sftp": SERVICES | {"ssh", "terminal"},
    # what the AI panels keep, and the tasks and agents of the past
    "aidata": SERVICES,
    "agents": SERVICES,
    "tasks": SERVICES,
    # plans for devices, and their executions as data
    "changes": SERVICES | {"outputs", "sessions"},
    "mop": SERVICES | {"changes", "sessions"},
    # the stand-in for the Terminal shell talks to the agent over its wire only
    "console": {"core"},
}

# Rooms that are linked into a program of their own: their names meet nobody else's.
PROGRAMS = {"console"}

# app builds the house, main.cpp picks the mode.
EVERYTHING = {"app", "main.cpp"}

# A store is private to its room, but for these, each with the reason.
SHARED_STORES = {
    ("login", "sessions/sessionstore.h"): "session, profile and credential are read in one job on the database thread",
    ("integrations", "apiresources/apiresourcestore.h"): "a source and the token of its resource are read in one job",
}

# name, what to look for (comments and string literals are blanked before), files it does not concern,
# and the files that may, each with the reason.
WATCHED = [
    ("no singletons", r"\b(?!QCoreApplication\b|QGuiApplication\b)\w+::instance\(\)|\bstatic\b[^;({]*\binstance\(\)",
     r"^$", {}),
    ("no nested event loops", r"\bQEventLoop\b|\bprocessEvents\b", r"^$", {}),
    ("no waiting on the main loop",
     r"\bwaitFor(?:Started|Finished|ReadyRead|BytesWritten|Connected|Disconnected|Encrypted|Done|NewConnection)\b", r"^$", {
         "app/healthprobe.cpp": "eviction runs before the event loop and the listener exist",
         "net/frontdoor.cpp": "at the stop, after the last request, with a limit",
         "console/agentlauncher.cpp": "at the end of the program, after its event loop",
     }),
    ("the system hides in platform/", r"\bQ_OS_\w+", r"^platform/", {
        "storage/files.cpp": "durability has no portable call",
        "storage/databaselocation.cpp": "only Windows has a second place for older files",
        "core/secret.cpp": "core knows no other room, and locking memory has no Qt face",
    }),
    ("one owner, no delete", r"(?<!= )(?<!operator )\bdelete\b(?!\s*;)", r"^$", {}),
    ("no SQL at the wire edge", r"\bQSqlQuery\b", r"^(?!.*routes\.(?:h|cpp)$|net/|backend/|ssh/|pty/|telnet/)", {}),
    ("no direct connections across threads", r"\bQt::DirectConnection\b", r"^$", {}),
    ("secrets are no strings", r"\b(?:QString|std::string)\s+\w*(?:[pP]assword|[pP]assphrase|[cC]ommunity)\w*\s*[;={]", r"^$", {
        "terminal/openterminal.cpp": "an ad-hoc login's password arrives as a query parameter and is made a Secret at once",
    }),
    # QCoro 0.12 moves from whatever it converts to the result, a member too.
    ("no co_return of a bare member", r"\bco_return\s+m_\w+\s*;", r"^$", {}),
    ("nothing is left to do", r"\b(?:TODO|FIXME|XXX)\b", r"^$", {}),
]

# Models of a header that tests/unit/models cannot make JSON of, each with the reason.
MODELS_WITHOUT_JSON = {
    "Credential": "secrets are read and written by SecretJson (tst_secretjson, tst_vault)",
    "ResourceSecrets": "secrets are read and written by SecretJson (tst_secretjson, tst_vault)",
}

# Over this many lines a file says why.
MAX_LINES = 600
LONG_FILES = {}
