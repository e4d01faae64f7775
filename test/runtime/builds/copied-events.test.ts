import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openEmbeddedEventLog } from "../../../src/event-log/embedded/embedded-event-log.ts";
import type { EventLog } from "../../../src/event-log/event-log.ts";
import { followCopies } from "../../../src/runtime/builds/copied-events.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const COPIES = "eventql.t.abc";

describe("how far events are copied to an intermediate topic", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let log: EventLog;

  beforeEach(async () => {
    folder = await temporaryFolder();
    log = openEmbeddedEventLog({ file: join(folder.path, "eventql.db"), logger: silentLogger });
    await log.createTopics([
      { name: "in", partitions: 1 },
      { name: "empty", partitions: 2 },
    ]);
  });
  afterEach(async () => {
    await log.close();
    await folder.remove();
  });

  const append = async (): Promise<unknown> =>
    await log.append({ topic: "in", key: "a", value: Buffer.from("1"), headers: {} });
  const copied = async (next: number): Promise<void> => {
    const owner = await log.takeOver({ name: `stream-${COPIES}`, input: { topic: "in", partition: 0 } });
    await owner.commit({ records: [], next });
    await owner.release();
  };

  test("a stream that nobody runs yet has copied nothing, one is done at the end, and load doesn't keep it from that", async () => {
    let time = 0;
    const areCopied = followCopies({ log, ownerOf: (topic) => `stream-${topic}`, now: () => time });
    const ask = async (): Promise<boolean> => await areCopied(COPIES, ["in", "empty"]);
    await append();
    await append();
    expect(await ask()).toBe(false);
    await copied(1);
    expect(await ask()).toBe(false);
    await append();
    await copied(2);
    expect(await ask()).toBe(true);
    time = 5_000;
    expect(await ask()).toBe(false);
    await copied(3);
    expect(await ask()).toBe(true);
  });

  test("markers behind the last event are nothing to be copied", async () => {
    await append();
    await copied(1);
    const offsets: EventLog["offsets"] = async (topic) =>
      (await log.offsets(topic)).map(({ low, high }) => ({ low, high: high === 0 ? 0 : high + 1 }));
    const readRange: EventLog["readRange"] = async (of) => ({ ...(await log.readRange(of)), next: of.until ?? 0 });
    const committed: EventLog["committed"] = async (name, topic) => await log.committed(name, topic);
    const areCopied = followCopies({ log: { offsets, readRange, committed }, ownerOf: (topic) => `stream-${topic}` });
    expect(await areCopied(COPIES, ["in"])).toBe(true);
  });
});
