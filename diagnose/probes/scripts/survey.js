// Runs in the worker's container by `node -e`; prints one line of JSON: shapes and verdicts, never a value.
const fs = require("fs"), net = require("net"), http = require("http"), dns = require("dns").promises;
const asked = JSON.parse(process.argv[1]);
// A process ends only when its lookups have: where nobody answers them, each name would hold it for a minute.
Object.assign(process.env, { RES_OPTIONS: "timeout:1 attempts:3", UV_THREADPOOL_SIZE: "16" });
const LIMIT = 3000;
const within = (promise, late, ms = LIMIT) =>
  Promise.race([promise, new Promise((done) => setTimeout(() => done(late), ms).unref())]);

// The worker's own environment, with what its shell sourced; an exec sees only the container's.
let env = process.env, started = {};
try {
  const own = fs.readFileSync("/proc/1/environ", "utf8").split("\0").filter(Boolean);
  // A shell that stays keeps what it was started with, whatever it has sourced since.
  if (!/^(ba|da|a)?sh$|^tini$|^dumb-init$/.test(fs.readFileSync("/proc/1/comm", "utf8").trim())) started = Object.fromEntries(own.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
  env = { ...env, ...Object.fromEntries(own.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)])) };
} catch {}

const shapeOf = (value) =>
  value === undefined ? "absent" : !value.trim() ? "empty" : value.includes("<no value>") ? "no-value" : /^change-?me/.test(value) ? "placeholder" : "set";

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
// Names, counts and verdicts of what stands in a worker's way; of sessions never what they run. A look is known by its
// statement: a name of the session would stay with a pooler's connection, and so with whoever gets that next.
const LOOK = `/* diagnose */
  with own as (select * from pg_stat_activity where datname = current_database() and backend_type = 'client backend' and query not like '/* diagnose%')
  select current_database() as database,
    (select coalesce(json_agg(json_build_object('name', n, 'present', r is not null and (c = '' or exists (select from pg_attribute where attrelid = r and attname = c and not attisdropped)),
      'readable', coalesce(has_table_privilege(r::oid, 'select'), false),
      'elsewhere', coalesce((select nspname from pg_class k join pg_namespace s on s.oid = relnamespace where relname = t and relkind in ('r', 'p', 'v', 'm') and k.oid is distinct from r limit 1), ''))), '[]')
      from (select n, t, c, to_regclass(quote_ident(t)) as r from (select n, split_part(n, '.', 1) as t, split_part(n, '.', 2) as c from unnest($1::text[]) n) w) q) as tables,
    coalesce((select json_build_object('name', rolname, 'login', rolcanlogin, 'expired', coalesce(rolvaliduntil < now(), false), 'limit', rolconnlimit,
      'sessions', (select count(*) from pg_stat_activity where usename = rolname),
      'connects', has_database_privilege(rolname, current_database(), 'connect')) from pg_roles where rolname = $2), json_build_object('name', $2::text, 'exists', false)) as role,
    (select coalesce(json_agg(w), '[]') from (select coalesce(l.relation::regclass::text, '') as relation, extract(epoch from now() - a.query_start)::int as since_s,
      json_build_object('user', b.usename, 'application', b.application_name, 'state', b.state, 'pid', b.pid, 'since_s', extract(epoch from now() - b.xact_start)::int) as blocker
      from own a cross join unnest(pg_blocking_pids(a.pid)) as p(pid) join pg_stat_activity b on b.pid = p.pid and b.wait_event_type is distinct from 'Lock'
      left join pg_locks l on l.pid = a.pid and not l.granted where a.wait_event_type = 'Lock' order by a.query_start limit 5) w) as waits,
    (select coalesce(json_agg(h), '[]') from (select usename as user, application_name as application, state, pid, extract(epoch from now() - xact_start)::int as since_s
      from own where xact_start < now() - interval '5 s' order by xact_start limit 8) h) as held,
    (select count(*)::int from own where state <> 'idle') as busy,
    (select json_build_object('used', count(*), 'limit', current_setting('max_connections')::int) from pg_stat_activity where backend_type = 'client backend') as slots,
    (select coalesce(json_agg(h), '[]') from (select usename as user, application_name as application, count(*)::int as sessions
      from pg_stat_activity where backend_type = 'client backend' and query not like '/* diagnose%' group by 1, 2 order by 3 desc limit 3) h) as holders`;
const MIGRATIONS = "/* diagnose */ select (select coalesce(max(is_locked), 0)::int from knex_migrations_lock) as locked, (select count(*)::int from knex_migrations) as applied, coalesce((select name from knex_migrations order by id desc limit 1), '') as last";

/** What the database says of itself, all of it within a transaction that changes nothing and cannot take long. */
async function lookAround(client) {
  try {
    await client.query("/* diagnose */ begin read only");
    await client.query("/* diagnose */ set local statement_timeout = '1200ms'");
    const { rows: [found] } = await client.query(LOOK, [asked.tables || [], asked.role || ""]);
    const { rows: [known] } = await client.query("/* diagnose */ select has_table_privilege(to_regclass('knex_migrations_lock')::oid, 'select') and has_table_privilege(to_regclass('knex_migrations')::oid, 'select') as readable");
    if (known.readable) found.migrations = (await client.query(MIGRATIONS)).rows[0];
    return found;
  } catch (error) {
    return { error: `${error.code || "error"} ${error.message}` };
  } finally {
    await client.query("/* diagnose */ rollback").catch(() => {});
  }
}

async function login({ purpose, host, port, database, user, password_variables }) {
  let pg, state = {};
  try { pg = require("module").createRequire(process.cwd() + "/")("pg"); } catch { return { purpose, code: "no-tool" }; }
  const password = password_variables.map((name) => env[name]).find(Boolean);
  const client = new pg.Client({ host, port, database, user, password, connectionTimeoutMillis: LIMIT, query_timeout: LIMIT });
  client.on("error", () => {});
  try {
    await client.connect();
    state.connected = true;
    const { rows: [row] } = await client.query(SETTINGS);
    const look = await within(lookAround(client), { error: "no answer in time" }, 1800);
    return { purpose, connected: true, ...row, look };
  } catch (error) {
    return { purpose, ...state, code: error.code || "error", message: error.message };
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
  const ticks = Number((read("/proc/1/stat") || "").split(") ").pop().split(" ")[19]), booted = field(read("/proc/stat"), "btime");
  return {
    started_at: booted && ticks >= 0 ? Math.floor(booted + ticks / 100) : undefined,
    uid: field(read("/proc/1/status"), "Uid"),
    memory: used === undefined ? undefined : Math.max(used - idle - own, 0),
    // Without a limit the older layout says a number beyond any machine.
    memory_limit: limit < 2 ** 60 ? limit : undefined,
    cpu_periods: field(cpu, "nr_periods"), cpu_throttled: field(cpu, "nr_throttled"),
  };
}

(async () => {
  const [connections, fetched, logins] = await Promise.all([
    Promise.all(asked.dials.map(dial)),
    Promise.all(asked.urls.map(fetchUrl)),
    Promise.all(asked.logins.map((each) => within(login(each), { purpose: each.purpose, code: "ETIMEDOUT", message: "no answer in time" }, 5000))),
  ]);
  const variables = asked.variables.map((label) => ({ label, shape: shapeOf(env[label]) }));
  process.stdout.write(JSON.stringify({ tool: "node", connections, fetched, logins, files: asked.files.map(file), variables, process: ownProcess() }) + "\n", () => process.exit(0));
})();
