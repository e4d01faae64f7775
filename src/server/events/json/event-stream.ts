import type { ServerResponse } from "node:http";

/** How often a client is told that the stream goes on, in ms. */
const HEARTBEAT_MS = 15_000;
/** How long a client may take nothing, in ms. */
const STALLED_MS = 30_000;
/** How long a browser's EventSource waits before it connects again, in ms. */
const RETRY_MS = 1_000;

/** What is sent: the cursor is the id by which a client resumes. */
interface Sent {
  readonly cursor: string;
}

/**
 * Sends items as server-sent events until they end, or the client goes. An error is an event of its own, with which the
 * stream ends. Items are asked for as fast as the client takes them. Never rejects.
 * @param shown an error as clients may see it
 */
export async function sendStream(
  response: ServerResponse,
  items: AsyncIterable<Sent>,
  shown: (error: unknown) => unknown,
): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  if (response.destroyed) return void (await iterator.return?.());
  response.once("close", () => void iterator.return?.());
  response.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
  response.write(`retry: ${RETRY_MS}\n\n`);
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(":\n\n");
  }, HEARTBEAT_MS);
  try {
    for (let step = await iterator.next(); step.done !== true; step = await iterator.next()) {
      const { value } = step;
      await write(response, `id: ${value.cursor}\ndata: ${JSON.stringify(value)}\n\n`);
    }
  } catch (error) {
    response.write(`event: error\ndata: ${JSON.stringify(shown(error))}\n\n`);
  } finally {
    clearInterval(heartbeat);
    response.end();
  }
}

/** Resolves when there is room for more, or nobody is there any more; who takes nothing for long is cut off. */
async function write(response: ServerResponse, text: string): Promise<void> {
  if (response.write(text) || response.destroyed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const stalled = setTimeout(() => response.destroy(), STALLED_MS);
  response.once("drain", resolve);
  response.once("close", resolve);
  await promise;
  clearTimeout(stalled);
  response.off("drain", resolve);
  response.off("close", resolve);
}
