// Stands where the worker expects Temporal's frontend. What it is: the first argument; where the real one is: the second.
import { createServer as createHttp2, connect as connectHttp2 } from "node:http2";
import { createServer as createHttp } from "node:http";
import { connect as connectTcp } from "node:net";
import { createServer as createTls } from "node:tls";
import { existsSync, readFileSync } from "node:fs";

const [kind, frontend] = process.argv.slice(2);
const PORT = 7233;
const UNIMPLEMENTED = 12, UNAVAILABLE = 14, INVALID_ARGUMENT = 3;
const SILENCE = "silence";
const OUTAGE_MS = 75_000;

const refuse = (stream, status, message) =>
  stream.respond({ ":status": 200, "content-type": "application/grpc", "grpc-status": `${status}`, "grpc-message": message }, { endStream: true });

const answering = (status, message) => {
  const server = createHttp2();
  server.on("stream", (stream, headers) => refuse(stream, status, message(headers[":path"].split("/")[1])));
  return server;
};

/** Hands every call on to the real frontend, but those for which a refusal gives a status and a message. */
const between = (refusals) => {
  const server = createHttp2();
  server.on("session", (session) => {
    const refusal = refusals();
    const upstream = connectHttp2(`http://${frontend}`);
    upstream.on("error", () => session.destroy());
    upstream.on("close", () => session.destroy());
    session.on("close", () => upstream.destroy());
    session.on("error", () => upstream.destroy());
    session.on("stream", (stream, headers) => {
      const parts = [];
      stream.on("error", () => {});
      stream.on("data", (part) => parts.push(part));
      stream.on("end", () => {
        const body = Buffer.concat(parts);
        const refused = refusal(headers[":path"], body);
        if (refused === SILENCE) return undefined;
        if (refused) return refuse(stream, ...refused);
        if (upstream.destroyed) return stream.close();
        handOn(stream, headers, body, upstream);
      });
    });
  });
  return server;
};

const handOn = (stream, headers, body, upstream) => {
  const request = upstream.request({ ...headers, ":authority": frontend }, { endStream: false });
  let trailers = {};
  request.on("error", () => stream.close());
  request.on("response", (answer, flags) => {
    if (stream.destroyed) return;
    const { date, ...plain } = answer;
    const only = Boolean(flags & 1);
    stream.respond(plain, only ? { endStream: true } : { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers(trailers));
  });
  request.on("trailers", (found) => {
    const { "grpc-status": status = "0", ...more } = found;
    trailers = { "grpc-status": status, ...more };
  });
  request.on("data", (part) => stream.destroyed || stream.write(part));
  request.on("end", () => stream.destroyed || stream.end());
  stream.on("close", () => request.close());
  request.end(body);
};

/**
 * Once /tmp/outage exists, an outage of one queue's polls that is longer than the SDK's patience, then one answer that it
 * takes for final, and silence. Each worker has an outage of its own.
 */
const outageOf = (queue) => {
  let began = 0, refused = false;
  return (path, body) => {
    if (!path.endsWith("/PollWorkflowTaskQueue") && !path.endsWith("/PollActivityTaskQueue")) return undefined;
    if (!existsSync("/tmp/outage") || !body.includes(queue)) return undefined;
    began ||= Date.now();
    if (Date.now() - began < OUTAGE_MS) return [UNAVAILABLE, "Not enough hosts to serve the request"];
    if (refused || !path.endsWith("/PollWorkflowTaskQueue")) return SILENCE;
    refused = true;
    return [INVALID_ARGUMENT, "task queue name cannot start with reserved prefix /_sys/"];
  };
};

const MATCHED = /\/(PollWorkflowTaskQueue|PollActivityTaskQueue|PollNexusTaskQueue|DescribeTaskQueue)$/;

const WITHOUT_DATABASE = /\/(GetSystemInfo|GetClusterInfo|Check)$/;

const KINDS = {
  tls: () =>
    createTls({ key: readFileSync(new URL("tls.key", import.meta.url)), cert: readFileSync(new URL("tls.crt", import.meta.url)), ALPNProtocols: ["h2"] }, (client) => {
      const [host, port] = frontend.split(":");
      const upstream = connectTcp(Number(port), host);
      client.on("error", () => upstream.destroy()).pipe(upstream);
      upstream.on("error", () => client.destroy()).pipe(client);
    }).on("tlsClientError", () => {}),
  http: () => createHttp((_request, response) => response.end("<!doctype html><title>Temporal</title>")),
  "other-grpc": () => answering(UNIMPLEMENTED, (service) => `unknown service ${service}`),
  unavailable: () => answering(UNAVAILABLE, () => "no healthy upstream"),
  "without-matching": () =>
    between(() => (path) => (MATCHED.test(path) ? [UNAVAILABLE, "Not enough hosts to serve the request"] : undefined)),
  "without-database": () =>
    between(() => (path) => (WITHOUT_DATABASE.test(path) ? undefined : [UNAVAILABLE, "no usable database connection found"])),
  "queue-outage": () => between(() => outageOf("tenant-workflows")),
};

KINDS[kind]().listen(Number(process.env.PORT ?? PORT), () => console.log(`${kind} listens`));
