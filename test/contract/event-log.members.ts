import { isDeepStrictEqual } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import type { EventLog, Membership } from "../../src/event-log/event-log.ts";
import { uniqueName } from "../support/real-stack.ts";
import type { Trial } from "./event-log.ts";

const PATIENCE = { timeout: 15_000, interval: 10 };

/** A member, and what it was told. */
export interface Joined {
  readonly membership: Membership;
  readonly told: (readonly string[])[];
}

/** Joins a group until the test ends. */
export async function joinGroup(log: EventLog, group: string): Promise<Joined> {
  const told: (readonly string[])[] = [];
  const membership = await log.join({ group, onChange: (members) => told.push(members) });
  onTestFinished(() => membership.leave());
  return { membership, told };
}

/** Whether each of these members knows exactly them. */
export function knowEachOther(...joined: readonly Joined[]): boolean {
  const names = joined.map(({ membership }) => membership.self).sort();
  return joined.every(({ told }) => isDeepStrictEqual(told.at(-1), names));
}

export function membersContract({ lacks, under, name }: Trial): void {
  /** A group; what it is kept in is removed at the end. */
  function group(): string {
    const members = name(".members");
    return members.slice(0, -".members".length);
  }

  const lacking = lacks.members === undefined ? "" : ` (left out: ${lacks.members})`;
  describe.skipIf(lacks.members !== undefined)(`the members of a group${lacking}`, () => {
    it("are oneself alone at first", async () => {
      const one = await joinGroup(under().log, group());
      await expect.poll(() => knowEachOther(one), PATIENCE).toBe(true);
      expect(one.told).toEqual([[one.membership.self]]);
    });

    it("hear of each other, of whoever comes and of whoever leaves", async () => {
      const of = group();
      const log = under().log;
      const first = await joinGroup(log, of);
      const second = await joinGroup(log, of);
      await expect.poll(() => knowEachOther(first, second), PATIENCE).toBe(true);
      const third = await joinGroup(log, of);
      await expect.poll(() => knowEachOther(first, second, third), PATIENCE).toBe(true);
      expect(new Set([first, second, third].map(({ membership }) => membership.self)).size).toBe(3);
      await second.membership.leave();
      await expect.poll(() => knowEachOther(first, third), PATIENCE).toBe(true);
    });

    it("are told of nothing any more once they have left, however often they leave", async () => {
      const of = group();
      const log = under().log;
      const [first, second] = [await joinGroup(log, of), await joinGroup(log, of)];
      await expect.poll(() => knowEachOther(first, second), PATIENCE).toBe(true);
      await Promise.all([second.membership.leave(), second.membership.leave()]);
      const told = second.told.length;
      await expect.poll(() => knowEachOther(first), PATIENCE).toBe(true);
      const third = await joinGroup(log, of);
      await expect.poll(() => knowEachOther(first, third), PATIENCE).toBe(true);
      expect(second.told).toHaveLength(told);
    });

    it("are those of their group alone", async () => {
      const [one, other] = [await joinGroup(under().log, group()), await joinGroup(under().log, group())];
      await expect.poll(() => knowEachOther(one), PATIENCE).toBe(true);
      await expect.poll(() => knowEachOther(other), PATIENCE).toBe(true);
    });

    it("may fail on hearing who is there, and hear of the next change", async () => {
      const of = group();
      const calls: number[] = [];
      const membership = await under().log.join({
        group: of,
        onChange: (members) => {
          calls.push(members.length);
          throw new TypeError("not now");
        },
      });
      onTestFinished(() => membership.leave());
      await expect.poll(() => calls, PATIENCE).toEqual([1]);
      await joinGroup(under().log, of);
      await expect.poll(() => calls, PATIENCE).toEqual([1, 2]);
    });

    it("are gone with their log", async () => {
      const log = under().open();
      const { membership, told } = await joinGroup(log, group());
      await log.close();
      const before = told.length;
      await membership.leave();
      await expect(log.join({ group: uniqueName("group"), onChange: () => {} })).rejects.toMatchObject({
        code: "EVENT_LOG_UNAVAILABLE",
      });
      expect(told).toHaveLength(before);
    });

    const reason = lacks.membersElsewhere;
    it.skipIf(reason !== undefined)(
      reason === undefined ? "hear of members elsewhere" : `hear of members elsewhere (left out: ${reason})`,
      async () => {
        const of = group();
        const other = under().open();
        onTestFinished(() => other.close());
        const [here, there] = [await joinGroup(under().log, of), await joinGroup(other, of)];
        await expect.poll(() => knowEachOther(here, there), PATIENCE).toBe(true);
        await other.close();
        await expect.poll(() => knowEachOther(here), PATIENCE).toBe(true);
      },
    );
  });
}
