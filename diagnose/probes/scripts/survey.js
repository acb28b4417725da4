// Runs in the worker's container by `node -e`; prints one line of JSON: shapes and verdicts, never a value.
const fs = require("fs"), net = require("net"), http = require("http"), dns = require("dns").promises;
const asked = JSON.parse(process.argv[1]);
const LIMIT = 3000;
const within = (promise, late, ms = LIMIT) =>
  Promise.race([promise, new Promise((done) => setTimeout(() => done(late), ms).unref())]);

// The worker's own environment, with what its shell sourced; an exec sees only the container's.
let env = process.env;
try {
  const own = fs.readFileSync("/proc/1/environ", "utf8").split("\0").filter(Boolean);
  env = { ...env, ...Object.fromEntries(own.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)])) };
} catch {}

const shapeOf = (value) =>
  value === undefined ? "absent" : !value.trim() ? "empty" : value.includes("<no value>") ? "no-value" : /^change-?me/.test(value) ? "placeholder" : "set";

const STATES = { ECONNREFUSED: "refused", ETIMEDOUT: "timed-out", EHOSTUNREACH: "unreachable", ENETUNREACH: "unreachable" };

async function dial({ host, port, postgres }) {
  const found = await within(
    dns.lookup(host).then((hit) => ({ address: hit.address }), (error) => ({ state: error.code === "ENOTFOUND" ? "no-such-name" : "name-unresolved", detail: error.code })),
    { state: "name-unresolved", detail: "no answer in time" });
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

function file(path) {
  let text;
  try {
    text = fs.readFileSync(path, "utf8");
  } catch (error) {
    return { path, state: error.code === "ENOENT" || error.code === "ENOTDIR" ? "absent" : "unreadable" };
  }
  const lines = text.split("\n").filter((line) => line.trim() && !line.trim().startsWith("#"));
  const assigns = [], matched = lines.map((line) => /^\s*(export\s+)?([A-Za-z_]\w*)=(["']?)([\s\S]*?)\3\s*$/.exec(line));
  for (const hit of matched) if (hit) assigns.push({ label: hit[2], shape: shapeOf(hit[4]) });
  return { path, state: "present", size: Buffer.byteLength(text), assigns, exports: matched.every((hit) => hit && hit[1]) };
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

async function login({ purpose, host, port, database, user, password_variables }) {
  let pg;
  try { pg = require("module").createRequire(process.cwd() + "/")("pg"); } catch { return { purpose, code: "no-tool" }; }
  const password = password_variables.map((name) => env[name]).find(Boolean);
  const client = new pg.Client({ host, port, database, user, password, connectionTimeoutMillis: LIMIT, query_timeout: LIMIT });
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows: [row] } = await client.query("select pg_is_in_recovery() as standby, current_setting('transaction_read_only') = 'on' as read_only");
    return { purpose, ...row };
  } catch (error) {
    return { purpose, code: error.code || "error", message: error.message };
  } finally {
    client.end().catch(() => {});
  }
}

(async () => {
  const [connections, fetched, logins] = await Promise.all([
    Promise.all(asked.dials.map(dial)),
    Promise.all(asked.urls.map(fetchUrl)),
    Promise.all(asked.logins.map((each) => within(login(each), { purpose: each.purpose, code: "ETIMEDOUT", message: "no answer in time" }, 5000))),
  ]);
  const variables = asked.variables.map((label) => ({ label, shape: shapeOf(env[label]) }));
  process.stdout.write(JSON.stringify({ tool: "node", connections, fetched, logins, files: asked.files.map(file), variables }) + "\n", () => process.exit(0));
})();
