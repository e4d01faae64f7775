import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MemberList } from "../../../src/event-log/kafka/member-list.ts";

const TIMES = { silentMs: 1_250, settleMs: 500 };
const here = (member: string) => ({ member, left: false });
const left = (member: string) => ({ member, left: true });

describe("the list of members", () => {
  test("is told once it is known who is there, and then where that changes", () => {
    const list = new MemberList("me", TIMES);
    expect(list.listened(250, [here("you")])).toBeUndefined();
    expect(list.listened(249, [here("me"), here("it")])).toBeUndefined();
    expect(list.listened(1, [])).toEqual(["it", "me", "you"]);
    expect(list.listened(100, [here("you"), here("it")])).toBeUndefined();
    expect(list.listened(100, [here("new")])).toEqual(["it", "me", "new", "you"]);
  });

  test("has oneself alone where nobody else is heard, and never misses oneself", () => {
    const list = new MemberList("me", TIMES);
    expect(list.listened(500, [])).toEqual(["me"]);
    expect(list.listened(5_000, [])).toBeUndefined();
  });

  test("misses who is silent, and takes them back when they are heard again", () => {
    const list = new MemberList("me", TIMES);
    list.listened(300, [here("a"), here("b")]);
    expect(list.listened(300, [])).toEqual(["a", "b", "me"]);
    expect(list.listened(949, [here("b")])).toBeUndefined();
    expect(list.listened(1, [])).toEqual(["b", "me"]);
    expect(list.listened(50, [here("a")])).toEqual(["a", "b", "me"]);
  });

  test("loses who says goodbye at once, whatever comes in later that was sent before", () => {
    const list = new MemberList("me", TIMES);
    list.listened(500, [here("a")]);
    expect(list.listened(10, [left("a"), here("a")])).toEqual(["me"]);
    expect(list.listened(1_000, [here("a")])).toBeUndefined();
  });

  test("is what a plain record of when each was heard says", () => {
    const names = fc.constantFrom("a", "b", "c");
    const steps = fc.array(fc.tuple(fc.nat({ max: 600 }), fc.uniqueArray(names)), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (steps) => {
        const list = new MemberList("b", TIMES);
        const heard = new Map<string, number>();
        let now = 0;
        let told: readonly string[] | undefined;
        for (const [ms, signs] of steps) {
          now += ms;
          told = list.listened(ms, signs.map(here)) ?? told;
          for (const name of signs) heard.set(name, now);
          const alive = [...heard].filter(([name, at]) => name !== "b" && now - at < TIMES.silentMs);
          expect(told).toEqual(now < TIMES.settleMs ? undefined : ["b", ...alive.map(([name]) => name)].sort());
        }
      }),
    );
  });
});
