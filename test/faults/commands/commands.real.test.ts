import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { describeReal, realStack } from "../../support/real-stack.ts";
import { type TcpProxy, startTcpProxy } from "../../support/tcp-proxy.ts";
import { type RealCounter, realCounter } from "./real-counter.ts";
import { sendLoad } from "./send-load.ts";

const PATIENCE = { timeout: 60_000, interval: 50 };

/** Kafka's protocol: behind the length (4 bytes) stands the API key (2); whether a transaction commits is the last byte. */
const PRODUCE = 0;
const END_TXN = 26;

function isRequest(bytes: Buffer, apiKey: number): boolean {
  return bytes.length >= 6 && bytes.readInt16BE(4) === apiKey;
}

function isCommit(bytes: Buffer): boolean {
  return isRequest(bytes, END_TXN) && bytes.at(-1) === 1;
}

describeReal("processors killed, frozen, replaced and cut off under load", () => {
  let counter: RealCounter;
  let proxy: TcpProxy;

  beforeEach(async () => {
    counter = await realCounter();
    const [host = "127.0.0.1", port = "9092"] = (realStack().brokers.split(",")[0] ?? "").split(":");
    proxy = await startTcpProxy({ host, port: Number(port) });
  });

  afterEach(async () => {
    await counter.dispose();
    await proxy.close();
  });

  const untilEvents = async (more: number): Promise<void> => {
    const before = await counter.log.end();
    await vi.waitFor(async () => expect(await counter.log.end()).toBeGreaterThanOrEqual(before + more), PATIENCE);
  };

  test("killed between deciding and committing, 20 times: decides everything once", { timeout: 240_000 }, async () => {
    const sending = sendLoad(counter.commands, counter.catalog, { commands: 24_000, keys: 200, together: 30 });
    for (let kill = 0; kill < 20; kill += 1) {
      const processor = await counter.startProxied(proxy.port);
      // Held before the broker has it, the transaction is aborted; answered to nobody, it is committed.
      await (kill % 2 === 0 ? proxy.holdRequest(isCommit) : proxy.breakBeforeAnswer(isCommit));
      await processor.kill();
    }
    const { accepted } = await sending;
    counter.start("processor");
    const { sent, events, expected } = await counter.settled();
    expect(events).toEqual(expected);
    expect(sent).toEqual(accepted);
  });

  test(
    "connections that break between a write and its answer, 25 times, lose and double nothing",
    { timeout: 180_000 },
    async () => {
      await counter.startProxied(proxy.port);
      const sending = sendLoad(counter.commands, counter.catalog, { commands: 12_000, keys: 100, together: 30 });
      for (let cut = 0; cut < 25; cut += 1)
        await proxy.breakBeforeAnswer((bytes) => (cut % 2 === 0 ? isRequest(bytes, PRODUCE) : isCommit(bytes)));
      expect(proxy.broken).toBeGreaterThanOrEqual(25);
      const { accepted } = await sending;
      const { sent, events, expected } = await counter.settled();
      expect(events).toEqual(expected);
      expect(sent).toEqual(accepted);
    },
  );

  test("two processors, one of them frozen and woken again, share and take over", { timeout: 180_000 }, async () => {
    const zombie = counter.start("processor");
    await zombie.ready();
    const sending = sendLoad(counter.commands, counter.catalog, { commands: 20_000, keys: 200, together: 30 });
    await untilEvents(1_000);
    const second = counter.start("processor");
    await second.ready();
    await untilEvents(1_000);
    zombie.signal("SIGSTOP");
    await untilEvents(4_000);
    zombie.signal("SIGCONT");
    await untilEvents(2_000);
    await second.kill();
    const { accepted } = await sending;
    const { sent, events, expected } = await counter.settled();
    expect(events).toEqual(expected);
    expect(sent).toEqual(accepted);
  });
});
