import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { CommandRequest } from "../../../src/command/commands.ts";
import type { EventLog } from "../../../src/event-log/event-log.ts";
import { openEmbeddedEventLog } from "../../../src/event-log/embedded/embedded-event-log.ts";
import type { Outcome } from "../../../src/model/command.ts";
import { DEAD_LETTERS, readDeadLetter } from "../../../src/read-model/dead-letters.ts";
import { openEmbeddedReadModel } from "../../../src/read-model/embedded/embedded-read-model.ts";
import type { ReadModel } from "../../../src/read-model/read-model.ts";
import { askSettlements, awaitOutcomes } from "../../../src/read-model/settlement/ask-settlements.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { type World, openWorld } from "./processor-world.ts";
import { eventTypeOf } from "./sample.ts";

const PATIENCE = { timeout: 5_000, interval: 10 };

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let log: EventLog;
let readModel: ReadModel;
let world: World;
let running: readonly { stop(): Promise<void> }[];

beforeEach(async () => {
  folder = await temporaryFolder();
  const file = join(folder.path, "eventql.db");
  log = openEmbeddedEventLog({ file, logger: silentLogger });
  readModel = openEmbeddedReadModel({ file, logger: silentLogger });
  world = await openWorld({ log, readModel }, "");
  running = [await world.startProjector(), world.start()];
});

afterEach(async () => {
  await Promise.all(running.map(async (each) => await each.stop()));
  await world.close();
  await log.close();
  await readModel.close();
  await folder.remove();
});

async function decide(request: CommandRequest): Promise<Outcome> {
  const id = await world.send(request);
  return await vi.waitFor(async () => {
    const outcome = (await world.outcomes(request.aggregate)).get(id);
    if (outcome === undefined) throw new TypeError("not decided");
    return outcome;
  }, PATIENCE);
}

/** An event that a program wrote which knows nothing of schemas, once it is a dead letter. */
async function poison(key: string): Promise<{ readonly id: string; readonly partition: number }> {
  const { topic } = world.counter;
  await log.append({ topic, key, value: new Uint8Array([1]), headers: {} });
  return await vi.waitFor(async () => {
    const [stored] = await readModel.find(DEAD_LETTERS, { filter: { waiting: false } });
    const letter = stored && readDeadLetter(stored);
    if (letter === undefined) throw new TypeError("no dead letter");
    return { id: letter.id, partition: letter.record.partition };
  }, PATIENCE);
}

async function settle(
  key: string,
  { id: letter, partition }: { readonly id: string; readonly partition: number },
  value: number | undefined,
): Promise<unknown> {
  const place = { projection: "aggregates", topic: world.counter.topic, partition, letter, key };
  const bytes =
    value === undefined ? undefined : world.codec.encode(eventTypeOf(world.counter), { value: BigInt(value) });
  const asked = bytes === undefined ? { action: "skip" as const } : { action: "fix" as const, value: bytes };
  await askSettlements(readModel, [{ id: letter, ...place, ...asked }]);
  return (await awaitOutcomes(readModel, [letter], { timeoutMs: 5_000 })).get(letter);
}

test.each([[100], [undefined]])("commands are decided on what became of a dead letter, fixed to %s", async (fixed) => {
  const add = (value: number): CommandRequest => world.rule("Add", "a", { value });
  await decide(world.rule("Create", "a", { value: 5 }));
  // Its state is held from now on.
  await decide(add(1));
  const letter = await poison("a");
  await expect.poll(async () => (await decide(add(1))).rejection?.code, PATIENCE).toBe("KEY_PARKED");
  // Another key is not disturbed.
  expect(await decide(world.rule("Create", "b", { value: 1 }))).toMatchObject({ status: "DECIDED" });
  // One that waits behind it.
  const { topic } = world.counter;
  const waiting = world.codec.encode(eventTypeOf(world.counter), { value: BigInt((fixed ?? 6) + 50) });
  const { offset } = await log.append({ topic, key: "a", value: waiting, headers: {} });
  const ofIt = { filter: { offset, waiting: true } };
  await expect.poll(async () => (await readModel.find(DEAD_LETTERS, ofIt)).length, PATIENCE).toBe(1);
  expect(await settle("a", letter, fixed)).toMatchObject({ status: "SETTLED", waiting: 0 });
  const decided = await vi.waitFor(async () => {
    const outcome = await decide(add(1));
    if (outcome.status !== "DECIDED") throw new TypeError(outcome.rejection?.code ?? "");
    return outcome;
  }, PATIENCE);
  const [at] = decided.events;
  const event = (await world.records(topic)).find(
    (each) => each.partition === at?.partition && each.offset === at.offset,
  );
  const read = world.codec.decode(topic, event?.value ?? new Uint8Array());
  expect(read).toMatchObject({ status: "decoded", payload: { value: BigInt((fixed ?? 6) + 51) } });
  await expect
    .poll(
      async () => (await readModel.find(world.counter.collection, { filter: { _id: "a" } }))[0]?.["value"],
      PATIENCE,
    )
    .toBe(BigInt((fixed ?? 6) + 51));
});
