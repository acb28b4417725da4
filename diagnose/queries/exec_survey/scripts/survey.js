// Runs in the worker's container by `node -e`; prints one line of JSON: shapes and verdicts, never a value.
const fs = require("fs"), net = require("net"), http = require("http"), dns = require("dns").promises;
const asked = JSON.parse(process.argv[1]);
// A process ends only when its lookups have: where nobody answers them, each name would hold it for a minute.
Object.assign(process.env, { RES_OPTIONS: "timeout:1 attempts:3", UV_THREADPOOL_SIZE: "16" });
const LIMIT = 3000;
const within = (promise, late, ms = LIMIT) =>
  Promise.race([promise, new Promise((done) => setTimeout(() => done(late), ms).unref())]);

// The container's first process: number 1, unless its pod shares the processes of its containers or of its node.
const first = (() => {
  const groups = (pid) => { try { return fs.readFileSync(`/proc/${pid}/cgroup`, "utf8"); } catch {} };
  const own = groups("self");
  if (!own || groups(1) === own) return 1;
  const begun = (pid) => { try { return Number(fs.readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").pop().split(" ")[19]); } catch { return Infinity; } };
  const same = fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name) && groups(name) === own);
  return Number(same.sort((a, b) => begun(a) - begun(b))[0]) || 1;
})();

// The worker's own environment, with what its shell sourced; an exec sees only the container's.
let env = process.env, started = {};
try {
  const own = fs.readFileSync(`/proc/${first}/environ`, "utf8").split("\0").filter(Boolean);
  // A shell that stays keeps what it was started with, whatever it has sourced since.
  if (!/^(ba|da|a)?sh$|^tini$|^dumb-init$/.test(fs.readFileSync(`/proc/${first}/comm`, "utf8").trim())) started = Object.fromEntries(own.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
  env = { ...env, ...Object.fromEntries(own.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)])) };
} catch {}

const shapeOf = (value) =>
  value === undefined ? "absent" : !value.trim() ? "empty" : value.includes("<no value>") ? "no-value" : /^change-?me/.test(value) ? "placeholder" : "set";

// What a value would be taken for, and what in it cannot be meant so.
const kindOf = (value) => /^0*[1-9]\d*$/.test(value) ? "number" : /^(true|false)$/.test(value) ? "boolean" : /^[a-z][a-z0-9+.-]*:\/\/\S/i.test(value) ? "url" : "text";
const judged = (label) => {
  const value = env[label] || "", plain = value.trim();
  const traps = { padded: value !== plain && !plain.includes("\n"), quoted: plain.length > 1 && /^(["']).*\1$/.test(plain), reference: /(?<!\$)\$\([A-Za-z_][\w.-]*\)/.test(value), template: /\{\{.*\}\}|\$\{\w+\}/.test(value) };
  return { label, shape: shapeOf(env[label]), kind: kindOf(plain), traps: Object.keys(traps).filter((name) => traps[name]) };
};

const STATES = { ECONNREFUSED: "refused", ETIMEDOUT: "timed-out", EHOSTUNREACH: "unreachable", ENETUNREACH: "unreachable" };

async function resolve(host) {
  const late = { state: "name-unresolved", detail: "no answer in time" }, began = Date.now();
  const answer = dns.lookup(host).then(
    (hit) => ({ address: hit.address }),
    // Silence ends in the same errors as an answer does, but takes its seconds: of one suffix the next may still be refused.
    (error) => Date.now() - began > 900 ? late : { state: error.code === "ENOTFOUND" ? "no-such-name" : "name-unresolved", detail: error.code });
  return within(answer, late);
}

async function dial({ host, port, postgres }) {
  const found = await resolve(host);
  if (found.state) return { host, port, ...found };
  const address = found.address;
  return new Promise((done) => {
    const socket = net.connect({ host: address, port });
    const end = (answer) => { socket.destroy(); done({ host, port, address, ...answer }); };
    socket.setTimeout(LIMIT, () => end(socket.connecting ? { state: "timed-out" } : { state: "connected", speaks: "other", detail: "silent" }));
    socket.on("error", (error) => end(socket.greeted ? { state: "connected", speaks: "other", detail: error.code } : { state: STATES[error.code] || "unreachable", detail: error.code }));
    socket.on("connect", () => {
      socket.greeted = true;
      if (!postgres) return end({ state: "connected" });
      socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
    });
    socket.on("data", (data) => end({ state: "connected", speaks: data[0] === 78 ? "postgres" : data[0] === 83 ? "postgres-tls" : "other" }));
    socket.on("close", () => end({ state: "connected", speaks: postgres ? "other" : "" }));
  });
}

// The names that the resolver tries for a host, in its order, each with its addresses.
async function lookups(host) {
  const { search, ndots } = resolver(), servers = new dns.Resolver({ timeout: 1000, tries: 2 });
  const further = search.map((domain) => `${host}.${domain}`);
  const names = host.split(".").length > ndots ? [host, ...further] : [...further, host];
  const found = (name) => Promise.all([servers.resolve4(name).catch(() => []), servers.resolve6(name).catch(() => [])]);
  return Promise.all(names.map(async (name) => ({ host, name, addresses: (await within(found(name), [])).flat() })));
}

// What a server shows of itself in a TLS handshake: its certificate is read, not verified, and nothing is sent.
async function shake({ host, port }) {
  const found = await resolve(host);
  if (found.state) return { host, port };
  return new Promise((done) => {
    let shown = null;
    const end = (error = "") => { socket.destroy(); done({ host, port, shown: shown && { ...shown, error, wants_certificate: /certificate.required|handshake.failure|bad.certificate/i.test(error) } }); };
    const socket = require("tls").connect({ host: found.address, port, servername: net.isIP(host) ? "" : host, ALPNProtocols: ["h2"], rejectUnauthorized: false });
    socket.setTimeout(LIMIT, () => end(shown ? "" : "timed out"));
    socket.on("secureConnect", () => {
      const own = socket.getPeerCertificate(), time = (text) => { const at = new Date(text); return isNaN(at) ? null : at.toISOString(); };
      const names = (own.subjectaltname || "").split(", ").map((name) => name.replace(/^(DNS|IP Address):/, "")).filter(Boolean).slice(0, 20);
      shown = { names, issuer: (own.issuer || {}).CN || (own.issuer || {}).O || "", valid_from: time(own.valid_from), valid_until: time(own.valid_to) };
      // The server may still refuse the client; others send their first message at once.
      socket.setTimeout(1000);
    });
    socket.on("data", () => end());
    socket.on("close", () => end());
    // An alert is TLS, too.
    socket.on("error", (error) => { if (/alert/i.test(`${error.code} ${error.message}`)) shown = shown || {}; end(String(error.reason || error.code || error.message).toLowerCase()); });
  });
}

// How what the process has compares with what a line of shell says: "other" for whatever a shell would not make of it.
function held(label, quote, written) {
  const own = started[label];
  const meant = quote === '"' ? written.replace(/\\([$`"\\])/g, "$1") : quote === "'" ? written.replace(/'\\''/g, "'") : written;
  if (own === undefined) return "";
  if (own === written || own === meant) return "same";
  const bare = quote === '"' ? written.replace(/\\./g, "") : written;
  return quote !== "'" && /[$`"]/.test(bare) || quote === "" && /[\s\\;&|<>()*?~']/.test(bare) ? "expanded" : "other";
}

function file(path) {
  let text, changed_at;
  try {
    text = fs.readFileSync(path, "utf8");
    changed_at = Math.floor(fs.statSync(path).mtimeMs / 1000);
  } catch (error) {
    return { path, state: error.code === "ENOENT" || error.code === "ENOTDIR" ? "absent" : "unreadable" };
  }
  const lines = text.split("\n").filter((line) => line.trim() && !line.trim().startsWith("#"));
  const assigns = [], matched = lines.map((line) => /^\s*(export\s+)?([A-Za-z_]\w*)=(["']?)([\s\S]*?)\3\s*$/.exec(line));
  for (const hit of matched) if (hit) assigns.push({ label: hit[2], shape: shapeOf(hit[4]), held: held(hit[2], hit[3], hit[4]) });
  return { path, state: "present", size: Buffer.byteLength(text), changed_at, assigns, exports: matched.every((hit) => hit && hit[1]) };
}

const fetchUrl = (url) => new Promise((done) => {
  const request = http.get(url, { timeout: LIMIT }, (response) => {
    let body = "";
    response.on("data", (chunk) => { if (body.length < 2000) body += chunk; });
    response.on("end", () => done({ url, status: response.statusCode, body: body.slice(0, 2000) }));
  });
  request.on("timeout", () => request.destroy(new Error("timed out")));
  request.on("error", (error) => done({ url, error: error.code || error.message }));
});

const SETTINGS = "/* diagnose */ select pg_is_in_recovery() as standby, current_setting('transaction_read_only') = 'on' as read_only, current_setting('statement_timeout') as statement_timeout, current_setting('lock_timeout') as lock_timeout";
const APPLIED = "/* diagnose */ select name from knex_migrations";

/** How the migrations in the image's folders compare with those that the database has: counts, and one name each. */
function compare(applied) {
  const present = [], found = new Set();
  for (const folder of asked.folders || []) {
    try { for (const name of fs.readdirSync(folder)) if (/^\d{8}.*(?<!\.d)\.[cm]?[jt]s$/.test(name)) found.add(name); present.push(folder); } catch {}
  }
  if (!found.size) return present.length ? { files: 0 } : {};
  const known = new Set(applied), pending = [...found].filter((name) => !known.has(name)).sort(), ahead = applied.filter((name) => !found.has(name)).sort();
  return { files: found.size, newest: [...found].sort().pop(), pending: pending.length, next: pending[0] || "", ahead: ahead.length, beyond: ahead.pop() || "" };
}

/** What the database says of itself, all of it within a transaction that changes nothing and cannot take long. */
async function lookAround(client) {
  try {
    await client.query("/* diagnose */ begin read only");
    await client.query("/* diagnose */ set local statement_timeout = '1200ms'");
    const { rows: [found] } = await client.query(asked.sql.look, [asked.tables || [], asked.role || "", ""]);
    if ((await client.query(asked.sql.migrations_readable)).rows[0].readable) {
      const applied = (await client.query(APPLIED)).rows.map((row) => row.name);
      found.migrations = { ...(await client.query(asked.sql.migrations)).rows[0], ...compare(applied) };
    }
    return found;
  } catch (error) {
    return { error: `${error.code || "error"} ${error.message}` };
  } finally {
    await client.query("/* diagnose */ rollback").catch(() => {});
  }
}

/** A login with what the process itself has; what only its variables have does not leave it, also not in an error. */
async function login({ purpose, host, port, database, user, password_variables, user_variable, url_variable }) {
  let pg, state = {};
  try { pg = require("module").createRequire(process.cwd() + "/")("pg"); } catch { return { purpose, code: "no-tool" }; }
  const password = password_variables.map((name) => env[name]).find(Boolean);
  const url = env[url_variable || ""], own = user ? "" : env[user_variable || ""], hidden = [own];
  if (!url && !user && !own) return { purpose, code: "no-tool" };
  if (url) try { const { username, password } = new URL(url); hidden.push(username, password, decodeURIComponent(username), decodeURIComponent(password)); } catch { return { purpose, code: "no-tool" }; }
  const shown = (text) => hidden.filter(Boolean).reduce((left, each) => left.split(each).join("‹masked›"), String(text));
  const server = url ? { connectionString: url } : { host, port, database, user: user || own, password };
  const client = new pg.Client({ ...server, connectionTimeoutMillis: LIMIT, query_timeout: LIMIT });
  client.on("error", () => {});
  try {
    await client.connect();
    state.connected = true;
    const { rows: [row] } = await client.query(SETTINGS);
    const look = await within(lookAround(client), { error: "no answer in time" }, 1800);
    return { purpose, connected: true, ...row, look };
  } catch (error) {
    return { purpose, ...state, code: error.code || "error", message: shown(error.message) };
  } finally {
    client.end().catch(() => {});
  }
}

// The process and its control group (https://docs.kernel.org/admin-guide/cgroup-v2.html, and the older layout).
function ownProcess() {
  const read = (...paths) => { for (const path of paths) try { return fs.readFileSync(path, "utf8"); } catch {} };
  const number = (text) => (/^\d+\s*$/.test(text || "") ? Number(text) : undefined);
  const field = (text, name) => number((new RegExp(`^${name}:?\\s+(\\d+)`, "m").exec(text || "") || [])[1]);
  // Without this look's own memory, which counts for the container too.
  const own = 1024 * (field(read("/proc/self/status"), "RssAnon") ?? 0);
  const group = "/sys/fs/cgroup", used = number(read(`${group}/memory.current`, `${group}/memory/memory.usage_in_bytes`));
  const memory = read(`${group}/memory.stat`, `${group}/memory/memory.stat`), cpu = read(`${group}/cpu.stat`, `${group}/cpu/cpu.stat`, `${group}/cpu,cpuacct/cpu.stat`);
  const idle = field(memory, "total_inactive_file") ?? field(memory, "inactive_file") ?? 0;
  const limit = number(read(`${group}/memory.max`, `${group}/memory/memory.limit_in_bytes`));
  const ticks = Number((read(`/proc/${first}/stat`) || "").split(") ").pop().split(" ")[19]), booted = field(read("/proc/stat"), "btime");
  return {
    started_at: booted && ticks >= 0 ? Math.floor(booted + ticks / 100) : undefined,
    uid: field(read(`/proc/${first}/status`), "Uid"),
    memory: used === undefined ? undefined : Math.max(used - idle - own, 0),
    // Without a limit the older layout says a number beyond any machine.
    memory_limit: limit < 2 ** 60 ? limit : undefined,
    shared_memory: field(memory, "total_shmem") ?? field(memory, "shmem"),
    oom_kills: field(read(`${group}/memory.events`, `${group}/memory/memory.oom_control`), "oom_kill"),
    cpu_periods: field(cpu, "nr_periods"), cpu_throttled: field(cpu, "nr_throttled"),
    clock: Math.floor(Date.now() / 1000),
  };
}

// The open ports of the pod, as the kernel lists them: addresses in words of the machine's order, ports in hexadecimal.
function openPorts() {
  const found = new Map();
  for (const table of ["tcp", "tcp6"]) {
    let lines;
    try { lines = fs.readFileSync(`/proc/net/${table}`, "utf8").split("\n").slice(1); } catch { if (table === "tcp") return; continue; }
    for (const [, ends, , state] of lines.map((line) => line.trim().split(/\s+/))) {
      if (state !== "0A") continue;
      const [address, port] = ends.split(":"), local = /^.{6}7F$|FFFF0000.{6}7F$|^0{24}01000000$/.test(address);
      found.set(ends, { port: parseInt(port, 16), local });
    }
  }
  return [...found.values()];
}

// What the pod's own resolv.conf says: name servers, the domains that complete a name, and how many dots make it whole.
function resolver() {
  let lines = [];
  try { lines = fs.readFileSync("/etc/resolv.conf", "utf8").split("\n").map((line) => line.trim().split(/\s+/)); } catch {}
  return { nameservers: lines.filter(([word]) => word === "nameserver").map((words) => words[1] || "").filter(Boolean), search: (lines.filter(([word]) => word === "search").pop() || []).slice(1), ndots: Number((/^ndots:(\d+)$/m.exec(lines.filter(([word]) => word === "options").flat().join("\n")) || [])[1] || 1) };
}

(async () => {
  const [connections, names, handshakes, fetched, logins] = await Promise.all([
    Promise.all(asked.dials.map(dial)),
    Promise.all((asked.names || []).map(lookups)),
    Promise.all((asked.handshakes || []).map(shake)),
    Promise.all(asked.urls.map(fetchUrl)),
    Promise.all(asked.logins.map((each) => within(login(each), { purpose: each.purpose, code: "ETIMEDOUT", message: "no answer in time" }, 5000))),
  ]);
  const variables = asked.variables.map((label) => ({ label, shape: shapeOf(env[label]) }));
  process.stdout.write(JSON.stringify({ tool: "node", connections, lookups: names.flat(), handshakes, fetched, logins, files: asked.files.map(file), variables, values: (asked.judged || []).map(judged), process: ownProcess(), listening: openPorts(), ...resolver() }) + "\n", () => process.exit(0));
})();
