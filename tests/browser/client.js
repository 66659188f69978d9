// What the Terminal's UI does in its window, by the contract's description of that client, for a real browser's
// rules: preflights, six connections an origin, WebSockets with an origin, streamed answers. Every check is a function of
// the same name in `checks`; browser_check.py calls them one after the other and reports what they throw.

const PATIENCE_MS = 60_000;

let plan;

function must(holds, what) {
  if (!holds) throw new Error(what);
}

async function until(what, probe, interval = 50) {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await probe();
    if (found) return found;
    must(performance.now() < deadline, `gave up waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, interval));
  }
}

function send(method, path, body, headers = {}) {
  const options = {method, headers: {Authorization: `Bearer ${plan.token}`, ...headers}};
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  return fetch(`https://127.0.0.1:${plan.port}${path}`, options);
}

async function call(method, path, body, headers) {
  const answer = await send(method, path, body, headers);
  const text = await answer.text();
  must(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text && answer.headers.get("content-type").startsWith("application/json") ? JSON.parse(text) : text;
}

// Has done what a browser cannot do.
async function outside(action) {
  const answer = await fetch(`/outside/${action}`, {method: "POST"});
  must(answer.ok, `${action}: ${answer.status}`);
}

class Terminal {
  constructor(query, cols, rows) {
    this.messages = [];
    this.text = "";
    this.isClosed = false;
    this.socket = new WebSocket(
      `wss://127.0.0.1:${plan.port}/ws/terminal?${query}&cols=80&rows=24&token=${encodeURIComponent(plan.token)}`);
    this.socket.onopen = () => this.resize(cols, rows); // before the far side is connected, as the UI does
    this.socket.onmessage = ({data}) => {
      const message = JSON.parse(data);
      this.messages.push(message);
      if (message.type === "Output") this.text += message.data;
      if (message.type === "Connected") this.resize(cols, rows);
    };
    this.socket.onclose = () => { this.isClosed = true; };
  }

  resize(cols, rows) {
    this.socket.send(JSON.stringify({type: "Resize", data: {cols, rows}}));
  }

  type(data) {
    this.socket.send(JSON.stringify({type: "Input", data}));
  }

  shows(text) {
    return until(`"${text}" on the screen, which has: ${this.text.slice(-300)}`, () => this.text.includes(text));
  }

  has(type) {
    return until(`a message ${type}`, () => this.messages.find((message) => message.type === type));
  }

  // The shell computes what is waited for, so that the echo of the command is not taken for it.
  async answers(text) {
    const half = text.length >> 1;
    this.type(`printf '%s%s\\n' '${text.slice(0, half)}' '${text.slice(half)}'\r`);
    await this.shows(text);
  }

  close() {
    this.socket.close();
    return until("the socket's end", () => this.isClosed);
  }
}

// The two readers of event streams that the UI has, which differ in what they forgive (contract 04, 3.3 and 5.4).
async function* chunksOf(answer) {
  const decoder = new TextDecoder();
  for (const reader = answer.body.getReader();;) {
    const {done, value} = await reader.read();
    if (done) return;
    yield decoder.decode(value, {stream: true});
  }
}

async function readScript(answer) {
  const events = [];
  let rest = "", event = "";
  for await (const chunk of chunksOf(answer)) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith("event:")) event = line.slice(6).trim();
      else if (line.startsWith("data:") && event) {
        events.push([event, line.slice(5)]); // as it is, also a space after the colon
        event = "";
      }
    }
  }
  return events;
}

async function readWorkspaceRun(answer) {
  const events = [];
  for await (const chunk of chunksOf(answer)) {
    const lines = chunk.split("\n");
    lines.forEach((line, at) => {
      const next = lines[at + 1];
      if (line.startsWith("event: ") && next !== undefined && next.startsWith("data: "))
        events.push([line.slice(7), next.slice(6)]);
    });
  }
  return events;
}

const PROGRAM = `import sys
print("    indented")
print()
print("x" * 20000)
sys.stdout.write("10%\\r20%\\r30%\\n")
sys.stdout.flush()
sys.stdout.buffer.write(b"caf\\xe9\\n")
`;
const lines = (events) => events.filter(([event]) => event === "stdout").map(([, data]) => data);

async function sshSession() {
  const profile = await call("POST", "/api/profiles",
    {name: `browser ${crypto.randomUUID()}`, username: plan.user, auth_type: "key", key_path: plan.key});
  return call("POST", "/api/sessions",
    {name: `browser ${crypto.randomUUID()}`, host: "127.0.0.1", port: plan.sshPort, profile_id: profile.id});
}

const checks = {
  async everyCallOfTheStart() {
    await Promise.all(plan.start.map(async ([method, path]) => {
      const answer = await send(method, path);
      must(answer.ok, `${method} ${path}: ${answer.status}`);
      await answer.text();
    }));
  },

  async strangersAreKeptOut() {
    const answer = await fetch(`https://127.0.0.1:${plan.port}/api/sessions`, {headers: {Authorization: "Bearer wrong"}});
    must(answer.status === 401, `a wrong token: ${answer.status}`); // readable, so it has its CORS headers
  },

  async aLocalShellTakesKeysAndSizes() {
    const shell = new Terminal("type=local", 100, 31);
    await until("the socket", () => shell.socket.readyState === WebSocket.OPEN);
    shell.type("stty size\r");
    await shell.shows("31 100");
    shell.resize(132, 43);
    shell.type("stty size\r");
    await shell.shows("43 132");
    await shell.answers("w\u00e4hle \ud83d\udd0c");
    await shell.close();
  },

  async anSshTerminalBeginsAndEndsInOrder() {
    const session = await sshSession();
    const shell = new Terminal(`type=ssh&session_id=${session.id}`, 120, 40);
    const connected = await shell.has("Connected");
    must(connected.session_id === session.id && !("via_jump" in connected), JSON.stringify(connected));
    await shell.answers("hello there");
    must(shell.messages[0].type === "Connected", "output came before the connection");
    shell.type("stty size\r");
    await shell.shows("40 120");
    shell.type("exit\r");
    await shell.has("Close");
    must(!shell.isClosed, "the agent closed the socket of a tab that has ended"); // else the UI reconnects for ever
    await shell.close();
  },

  async oneKeyGoesToManyTerminals() {
    const session = await sshSession();
    const panes = ["type=local", `type=ssh&session_id=${session.id}`, `type=ssh&session_id=${session.id}`]
      .map((query) => new Terminal(query, 80, 24));
    await Promise.all(panes.slice(1).map((pane) => pane.has("Connected")));
    await until("the local socket", () => panes[0].socket.readyState === WebSocket.OPEN);
    await Promise.all(panes.map((pane) => pane.answers("to all of them")));
    await Promise.all(panes.map((pane) => pane.close()));
  },

  async aLogBecomesADocument() {
    const id = `terminal-${Date.now()}`;
    const {path} = await call("POST", `/api/terminals/${id}/log/start`, {format: "plain", timestamps: false});
    await call("POST", "/api/logs/append", {path, content: "show version\n"});
    await call("POST", "/api/logs/append", {path, content: "\u00fcptime\n"});
    const {document_id: document} = await call("POST", `/api/terminals/${id}/log/stop`, {path, session_name: "core"});
    const kept = await call("GET", `/api/docs/${document}`);
    must(kept.content === "show version\n\u00fcptime\n" && kept.parent_folder === "logs", JSON.stringify(kept));
  },

  async aRecordingIsReplayed() {
    const recording = await call("POST", "/api/recordings", {name: "change", terminal_cols: 80, terminal_rows: 24});
    const events = [[0.5, "o", "r1#"], [1.25, "o", "\u001b[31mdown\u001b[0m \u2713\r\n"]];
    await call("POST", `/api/recordings/${recording.id}/append`,
      {data: events.map((event) => JSON.stringify(event) + "\n").join("")});
    await call("PUT", `/api/recordings/${recording.id}`, {duration_ms: 1250});
    const [head, ...played] = (await call("GET", `/api/recordings/${recording.id}/data`)).trim().split("\n").map(JSON.parse);
    must(head.version === 2 && head.width === 80, JSON.stringify(head));
    must(played.map(([, , text]) => text).join("") === events.map(([, , text]) => text).join(""), JSON.stringify(played));
  },

  async aChangedHostKeyIsAsked() {
    const session = await sshSession();
    const before = new Terminal(`type=ssh&session_id=${session.id}`, 80, 24);
    await before.has("Connected");
    await before.close();
    await outside("change-host-key");
    const shell = new Terminal(`type=ssh&session_id=${session.id}`, 80, 24);
    const prompt = await until("the question", async () => (await call("GET", "/api/host-keys/prompts"))[0], 750);
    must(prompt.is_changed_key && prompt.previous_fingerprint !== prompt.fingerprint && Date.parse(prompt.created_at) > 0,
      JSON.stringify(prompt));
    must(!shell.messages.some(({type}) => type === "Connected"), "connected before the answer");
    await call("POST", `/api/host-keys/prompts/${prompt.id}/approve`);
    await shell.has("Connected");
    await shell.answers("a new key");
    must((await call("GET", "/api/host-keys/prompts")).length === 0, "the question is still there");
    await shell.close();
  },

  async aScriptStreamsItsLines() {
    const script = await call("POST", "/api/scripts", {name: "lines", content: PROGRAM});
    const events = await readScript(await send("POST", `/api/scripts/${script.id}/stream`, {}));
    const expected = ["    indented", "", "x".repeat(20000), "10%", "20%", "30%", "caf\ufffd"];
    must(JSON.stringify(lines(events)) === JSON.stringify(expected), JSON.stringify(events).slice(0, 600));
    const [last, data] = events.at(-1);
    must(last === "complete" && JSON.parse(data).exit_code === 0 && JSON.parse(data).duration_ms >= 0, data);
  },

  async aWorkspaceFileStreamsItsLines() {
    const path = `${plan.folder}/lines.py`;
    await call("POST", "/api/local/write-file", {path, content: PROGRAM});
    const events = await readWorkspaceRun(await send("POST", "/api/local/run-python", {path}));
    const shown = lines(events); // a long line comes in pieces here
    must(shown[0] === "    indented" && shown[1] === "" && shown.slice(2, -4).join("") === "x".repeat(20000) &&
      JSON.stringify(shown.slice(-4)) === JSON.stringify(["10%", "20%", "30%", "caf\ufffd"]),
    JSON.stringify(shown).slice(0, 600));
    must(events.at(-1)[0] === "complete", JSON.stringify(events.at(-1)));
  },

  async anAssistantsScriptIsNotRun() {
    const script = await call("POST", "/api/scripts", {name: "written by an assistant", content: "print(1)"},
      {"X-NetStacks-AI-Origin": "true"}); // a header that only a preflight lets through
    must(script.created_by !== "user" && !script.approved, JSON.stringify(script));
    const answer = await send("POST", `/api/scripts/${script.id}/run`, {});
    must(!answer.ok && (await answer.text()).includes("APPROVAL_REQUIRED"), "it ran");
  },
};

async function main() {
  plan = await (await fetch("/plan")).json();
  for (const [name, check] of Object.entries(checks)) {
    let failure = null;
    try {
      await check();
    } catch (error) {
      failure = `${error.message}\n${error.stack}`;
    }
    await fetch("/outcome", {method: "POST", body: JSON.stringify({name, failure})});
  }
  await fetch("/outcome", {method: "POST", body: JSON.stringify({name: null})});
}

main();
