// A worker of another release than the worker's own: of a deployment version, if one is named.
import { NativeConnection, Worker } from "@temporalio/worker";

const [address, taskQueue, version] = process.argv.slice(2);
const [deploymentName, buildId] = (version ?? "").split("/");
const versioned = { useWorkerVersioning: true, version: { deploymentName, buildId }, defaultVersioningBehavior: "PINNED" };
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  taskQueue,
  workflowsPath: new URL("workflows.js", import.meta.url).pathname,
  ...(buildId ? { workerDeploymentOptions: versioned } : {}),
});
process.on("SIGTERM", () => process.exit(0));
await worker.run();
