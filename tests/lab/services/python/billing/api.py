"""A client of Temporal with the worker's environment: it starts workflows when it is called, and polls nothing."""

import asyncio
import logging
import uuid

from temporalio.client import Client

from billing import settings

PORT = 8000
logger = logging.getLogger("billing.api")


async def main() -> None:
    given = settings.read()
    client = await Client.connect(given.address, namespace=given.namespace)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readline()).decode(errors="replace").split(" ")[1:2]
        if path == ["/invoices"]:
            name = f"invoice-{uuid.uuid4()}"
            await client.start_workflow("InvoiceWorkflow", name, id=name, task_queue=given.queue)
            logger.info("started %s", name)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "0.0.0.0", PORT)
    async with server:
        logger.info("serves on %s", PORT)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
