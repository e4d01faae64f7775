import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { EventQLError } from "../../src/errors.ts";
import type { EventLog, OwnerCommit } from "../../src/event-log/event-log.ts";
import { event } from "../../src/model/decider.ts";
import type { LogRecord } from "../../src/model/event.ts";
import { stream } from "../../src/model/stream-builder.ts";
import type { ReadModel } from "../../src/read-model/read-model.ts";
import { type World, bytesOf, openWorld } from "./support/world.ts";

interface Sent {
  readonly key: string;
  readonly n: number;
}

/** What goes wrong at a write: it isn't done, it is done and nobody is told, or somebody else takes the partition over. */
type Fault = "lost" | "unknown" | "fenced" | undefined;

const sent = fc.record({ key: fc.constantFrom("a", "b", "c", "d", "e"), n: fc.nat(20) });
const faults = fc.array(fc.constantFrom<Fault>("lost", "unknown", "fenced", undefined, undefined), { maxLength: 12 });

/** What becomes of events whatever happens: what is written, by key, and how many are set aside. */
function expectedOf(events: readonly Sent[]): { readonly written: readonly string[]; readonly letters: number } {
  const parked = new Set<string>();
  const written: string[] = [];
  let letters = 0;
  for (const { key, n } of events) {
    if (n === 13) parked.add(key);
    if (parked.has(key)) letters += 1;
    else if (n % 3 !== 0) for (let index = 0; index < n % 4; index += 1) written.push(`${key}:Doubled:{"n":${2 * n}}`);
  }
  return { written, letters };
}

const ordered = (said: readonly string[]): Readonly<Record<string, readonly string[] | undefined>> =>
  Object.groupBy(said, (text) => text.slice(0, 1));

/** Has writes go wrong, one fault after another. */
function withFaults(world: World, next: () => Fault): { readonly log: EventLog; readonly readModel: ReadModel } {
  const lost = new EventQLError("EVENT_LOG_UNAVAILABLE", "It was lost.");
  const failing = async <T>(write: () => Promise<T>, fence: () => Promise<unknown>): Promise<T> => {
    const fault = next();
    if (fault === "lost") throw lost;
    if (fault === "fenced") await fence();
    const result = await write();
    if (fault === "unknown") throw lost;
    return result;
  };
  const takeOver: EventLog["takeOver"] = async (of) => {
    const owner = await world.log.takeOver(of);
    const fence = async (): Promise<void> => await (await world.log.takeOver(of)).release();
    const commit = async (commit: OwnerCommit) => await failing(async () => await owner.commit(commit), fence);
    return { next: owner.next, commit, release: async () => await owner.release() };
  };
  const commit: ReadModel["commit"] = async (commit) =>
    await failing(
      async () => await world.readModel.commit(commit),
      async () => {},
    );
  const log = new Proxy(world.log, { get: (target, name) => (name === "takeOver" ? takeOver : bound(target, name)) });
  const readModel = new Proxy(world.readModel, {
    get: (target, name) => (name === "commit" ? commit : bound(target, name)),
  });
  return { log, readModel };
}

function bound(target: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name);
  return typeof value === "function" ? value.bind(target) : value;
}

const work = stream("in")
  .filter(({ payload }) => Number(payload["n"]) % 3 !== 0 || Number(payload["n"]) === 13)
  .flatMap(({ payload }) => {
    const n = Number(payload["n"]);
    if (n === 13) throw new Error("unlucky");
    return Array.from({ length: n % 4 }, () => event("Doubled", { n: 2 * n }));
  });

test("whatever fails and whoever takes over, outputs are written once and in order, and letters are stored once", async () => {
  const property = fc.asyncProperty(
    fc.array(sent, { minLength: 1, maxLength: 60 }),
    faults,
    fc.array(fc.nat(60), { maxLength: 3 }),
    fc.constantFrom("exactly-once" as const, "at-least-once" as const),
    async (events, planned, restarts, guarantee) => {
      const world = await openWorld(["in", "out"]);
      const isOnce = guarantee === "exactly-once";
      try {
        const queue = [...planned];
        const ports = withFaults(world, () => queue.shift());
        const { written, letters } = expectedOf(events);
        const streams = [work.to("out", { guarantee })];
        let running = world.run(streams, { ...ports, maxBatchBytes: 300 });
        for (const [index, { key, n }] of events.entries()) {
          await world.log.append({ topic: "in", key, value: bytesOf("Added", { n }), headers: {} });
          if (!restarts.includes(index)) continue;
          await running.stop();
          running = world.run(streams, { ...ports, maxBatchBytes: 300 });
        }
        await vi.waitFor(
          async () => {
            const [records, stored] = [await world.records("out"), await world.letters()];
            expect(stored).toHaveLength(letters);
            expect(distinctIds(records)).toBe(written.length);
          },
          { timeout: 10_000, interval: 5 },
        );
        await running.stop();
        const said = await world.said("out");
        expect(new Set(said)).toEqual(new Set(written));
        expect(isOnce ? ordered(said) : undefined).toEqual(isOnce ? ordered(written) : undefined);
      } finally {
        await world.close();
      }
    },
  );
  await fc.assert(property, { numRuns: 15, endOnFailure: true });
}, 60_000);

function distinctIds(records: readonly LogRecord[]): number {
  return new Set(records.map(({ headers }) => headers["ce_id"])).size;
}
