import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EventQLError, isEventQLError } from "../../../src/errors.ts";
import type { LogRecord } from "../../../src/model/event.ts";
import type { SettleAction } from "../../../src/model/settlement.ts";
import { DEAD_LETTERS } from "../../../src/read-model/dead-letters.ts";
import type { ReadModel } from "../../../src/read-model/read-model.ts";
import { type TestEvent, World } from "../../history/world.ts";
import { ask, bytesOf, headsOf, outcomeOf, setAsideIn } from "./settled-world.ts";

const KEYS = ["a", "b"];

const RUNS = 12;

interface Settle {
  readonly action: SettleAction;
  readonly head: number;
  readonly fixed: string;
}

const payloads = fc.record({
  name: fc.string({ maxLength: 3 }),
  total: fc.integer({ min: -9, max: 9 }),
  tags: fc.array(fc.constantFrom("x", "y"), { maxLength: 2 }),
});

const events: fc.Arbitrary<TestEvent> = fc.record({
  key: fc.constantFrom(...KEYS),
  type: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom("Named", "Added", "Touched") },
    { weight: 1, arbitrary: fc.constantFrom("Closed", undefined) },
    { weight: 4, arbitrary: fc.constantFrom("Unknown", "Late") },
  ),
  payload: payloads,
});

const settles: fc.Arbitrary<Settle> = fc.record({
  action: fc.constantFrom("retry", "skip", "fix", "fix"),
  head: fc.nat(3),
  // One that fails again is among them.
  fixed: fc.constantFrom("Named", "Added", "Closed", "Unknown"),
});

const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: events },
    { weight: 1, arbitrary: settles },
    { weight: 1, arbitrary: fc.constant("restart" as const) },
  ),
  { minLength: 5, maxLength: 35 },
);

/** What a run has that is disturbed: how many letters a transaction takes, and which commits end the process. */
interface Faults {
  readonly letters: number;
  readonly every: number;
  stop: () => void;
}

/** Takes few letters at a time, and ends at every so many commits: before it or behind it. */
function disturbed(readModel: ReadModel, faults: Faults): ReadModel {
  let commits = 0;
  const commit: ReadModel["commit"] = async (asked) => {
    const letters = asked.writes.filter(({ collection }) => collection === DEAD_LETTERS);
    const settled = letters.reduce((sum, { deletions }) => sum + deletions.length, 0);
    if (settled > faults.letters) throw new EventQLError("COMMIT_TOO_LARGE", "too large");
    commits += 1;
    const isFault = faults.every > 0 && commits % (faults.every + 1) === 0;
    if (isFault && commits % 2 === 0) return end(faults);
    const result = await readModel.commit(asked);
    return isFault ? end(faults) : result;
  };
  return new Proxy(readModel, {
    get(target, name) {
      if (name === "commit") return commit;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function end({ stop }: Faults): never {
  stop();
  throw new EventQLError("COMMIT_UNKNOWN", "killed");
}

/** Applies what is in the log, and carries out what was asked for, however often the process ends meanwhile. */
async function run(world: World, faults: Faults): Promise<void> {
  for (;;) {
    try {
      const projector = await world.restart();
      faults.stop = () => projector.stop();
      for (let at = await world.place(); at < world.records.length;)
        at = await projector.apply(world.batch(at, Math.min(at + 4, world.records.length)));
      await world.settle();
      if ((await world.place()) === world.records.length && (await world.pendingRequests()) === 0) return;
    } catch {
      // The process ended: another one goes on.
    }
  }
}

/** A run, and what was made of its dead letters. */
interface Settled {
  readonly world: World;
  readonly faults: Faults;
  /** By the offsets of their events. */
  readonly made: Map<number, Uint8Array | "skip">;
  /** How requests ended, and how often. */
  readonly ends: Map<string, number>;
}

/** Asks for a letter; when it is settled, the model is told what was made of its event. */
async function settle({ world, faults, made, ends }: Settled, step: Settle): Promise<string> {
  await run(world, faults);
  const heads = await headsOf(world);
  const head = heads[step.head % Math.max(1, heads.length)];
  if (head === undefined) return "NONE";
  const id = `${step.action} ${head.record.offset} ${ends.size} ${Math.random()}`;
  const value = step.action === "fix" ? bytesOf(step.fixed, { name: "fixed", total: 7, tags: ["fixed"] }) : undefined;
  await askUntilAsked(world, head, step.action, { id, value });
  await run(world, faults);
  const { status } = (await outcomeOf(world, id)) ?? { status: "PENDING" };
  ends.set(status, (ends.get(status) ?? 0) + 1);
  if (status !== "SETTLED" && status !== "PARKED") return status;
  if (step.action === "skip") made.set(head.record.offset, "skip");
  if (value !== undefined) made.set(head.record.offset, value);
  return status;
}

/** Who asks may end too, and asks again. */
async function askUntilAsked(...asked: Parameters<typeof ask>): Promise<void> {
  for (let times = 0; times < 2;) {
    try {
      await ask(...asked);
      times += 1;
    } catch (error) {
      if (!isEventQLError(error, "COMMIT_UNKNOWN")) throw error;
    }
  }
}

/** Settles all that is left: what can't be applied is left out. */
async function settleAll(of: Settled): Promise<void> {
  while ((await headsOf(of.world)).length > 0) {
    const status = await settle(of, { action: "retry", head: 0, fixed: "Named" });
    if (status === "FAILED") await settle(of, { action: "skip", head: 0, fixed: "Named" });
  }
}

/** The log of another run, with what was made of dead letters in the places of their events. */
function insteadOf({ world, made }: Settled): readonly LogRecord[] {
  return world.records.map((record) => {
    const instead = made.get(record.offset);
    if (instead === "skip") return { ...record, key: Buffer.from("nobody"), value: bytesOf("Seen") };
    return instead === undefined ? record : { ...record, value: instead };
  });
}

describe.each(["journal", "log"] as const)("whatever is settled, by the %s,", (by) => {
  test("documents, histories and a new beginning are as if the settled events had always been there", async () => {
    const ends = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 3 }), fc.nat(5), async (all, letters, every) => {
        const faults: Faults = { letters, every, stop: () => {} };
        const history = { ttlMs: undefined };
        const world = await World.open(history, by, { guard: (readModel) => disturbed(readModel, faults) });
        const expected = await World.open(history, by);
        const settled: Settled = { world, faults, made: new Map(), ends };
        for (const step of all) {
          if (step === "restart") await run(world, faults);
          else if ("action" in step) await settle(settled, step);
          else world.append([step]);
        }
        await run(world, faults);
        for (const each of [world, expected]) each.codec.knowsLate = true;
        await settleAll(settled);
        expected.records.push(...insteadOf(settled));
        const whole = await expected.restart();
        if (expected.records.length > 0) await whole.apply(expected.batch(0, expected.records.length));
        for (const key of KEYS) {
          expect(await world.stored(key)).toEqual(await expected.stored(key));
          for (const { offset } of world.records)
            expect(await world.at(by, key, { offset })).toEqual(await expected.at(by, key, { offset }));
        }
        await world.begin();
        await run(world, faults);
        expect(await setAsideIn(world)).toEqual([0, []]);
        for (const key of KEYS) expect(await world.stored(key)).toEqual(await expected.stored(key));
        for (const each of [world, expected]) await each.close();
      }),
      { numRuns: RUNS },
    );
    expect(ends.get("SETTLED")).toBeGreaterThan(RUNS / 2);
  }, 120_000);
});
