"""The worker: one workflow, one activity, a TCP port for its probes and a port for metrics."""

import asyncio
import logging
import os
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.worker import Worker

from billing import settings

HEALTH_PORT = 9090
logger = logging.getLogger("billing.worker")


@activity.defn
async def charge(invoice: str) -> str:
    return f"charged {invoice}"


@workflow.defn
class InvoiceWorkflow:
    @workflow.run
    async def run(self, invoice: str) -> str:
        return await workflow.execute_activity(charge, invoice, start_to_close_timeout=timedelta(minutes=1))


async def main() -> None:
    given = settings.read()
    logger.info("starting, queue %s", given.queue)
    with settings.connect(given.database_url) as database:
        database.cursor().execute("SELECT 1")
    logger.info("database is reachable")
    metrics = PrometheusConfig(bind_address=os.environ.get("METRICS_ADDRESS", "0.0.0.0:9464"))
    client = await Client.connect(
        given.address, namespace=given.namespace, runtime=Runtime(telemetry=TelemetryConfig(metrics=metrics))
    )
    worker = Worker(client, task_queue=given.queue, workflows=[InvoiceWorkflow], activities=[charge])
    health = await asyncio.start_server(lambda _, writer: writer.close(), "0.0.0.0", HEALTH_PORT)
    async with health:
        logger.info("worker polls %s in %s", given.queue, given.namespace)
        await worker.run()


if __name__ == "__main__":
    asyncio.run(main())
