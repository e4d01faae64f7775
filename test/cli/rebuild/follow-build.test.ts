import { describe, expect, it } from "vitest";
import { progressText, showProgress } from "../../../src/cli/rebuild/build-progress.ts";
import { comparisonLines, isAlike } from "../../../src/cli/rebuild/compare-builds.ts";
import { type FollowOptions, followBuild } from "../../../src/cli/rebuild/follow-build.ts";
import type { Build, BuildProgress, Comparison, ProjectionState } from "../../../src/model/builds.ts";

const unused = (): Promise<never> => Promise.reject(new TypeError("not asked for"));

function build(id: string): Build {
  const of = { topics: ["orders"], collections: ["orders"], since: new Date(0) };
  return { id, projection: `aggregates@${id}`, suffix: `_${id}`, definition: "{}", ...of };
}

function progress(applied: number, parts: Partial<BuildProgress> = {}): BuildProgress {
  return { applied, total: 2_000, rate: undefined, etaSeconds: undefined, joined: false, ...parts };
}

function state(live: string, next?: string, made = progress(0)): ProjectionState {
  const ids = { live: build(live), next: next === undefined ? undefined : build(next), previous: undefined };
  return {
    builds: { name: "orders", base: "aggregates", topics: ["orders"], ...ids, swap: "auto", revision: 1 },
    live: progress(2_000),
    next: next === undefined ? undefined : made,
    isFollowed: true,
  };
}

/** Follows the build `b` through states that come one after the other, the last one staying. */
async function follow(
  states: readonly ProjectionState[],
  options: Partial<FollowOptions> = {},
): Promise<{ readonly state: ProjectionState; readonly told: string }> {
  let [told, index] = ["", 0];
  const write = (text: string): void => void (told += text);
  const list = async (): Promise<readonly ProjectionState[]> =>
    states.slice(Math.min(index++, states.length - 1)).slice(0, 1);
  const others = { rebuild: unused, swap: unused, restore: unused, discard: unused, compare: unused };
  const followed = await followBuild({
    name: "orders",
    id: "b",
    mayEnd: false,
    administered: { projections: { list, ...others }, maker: "projectors" },
    terminal: { stderr: { write } },
    everyMs: 1,
    ...options,
  });
  return { state: followed, told };
}

describe("a build that is followed", () => {
  it("is waited for until it is live", async () => {
    const states = [state("a", "b"), state("a", "b", progress(2_000, { joined: true })), state("b")];
    const followed = await follow(states);
    expect(followed.state).toBe(states[2]);
    expect(followed.told).toBe("");
  });

  it.each([
    ["joined", progress(1_999, { joined: true })],
    ["at the log's end", progress(2_000)],
  ])("is enough where it is %s, and goes no further by itself", async (_what, made) => {
    const states = [state("a", "b"), state("a", "b", made), state("b")];
    expect((await follow(states, { mayEnd: true })).state).toBe(states[1]);
  });

  it.each([
    ["discarded", state("a")],
    ["replaced", state("a", "c")],
  ])("fails where it is %s", async (_what, last) => {
    await expect(follow([state("a", "b"), last])).rejects.toMatchObject({ code: "NOT_READY" });
  });

  it("says once that nobody seems to build it", async () => {
    const still = Array.from({ length: 5 }, () => state("a", "b", progress(5)));
    const { told } = await follow([...still, state("b")], { silenceMs: 0 });
    expect(told.split("start a process with the role projector")).toHaveLength(2);
  });
});

describe("progress", () => {
  it.each([
    [progress(1_234, { rate: 1_500.4, etaSeconds: 0.5 }), "1,234 of 2,000 events (61 %), 1,500/s, 1 s left"],
    [progress(1_999), "1,999 of 2,000 events (99 %)"],
    [progress(2_000, { rate: 5, etaSeconds: 0 }), "2,000 of 2,000 events (100 %)"],
    [progress(0, { total: 0 }), "0 of 0 events (100 %)"],
    [progress(1, { rate: 1, etaSeconds: 1_200 }), "1 of 2,000 events (0 %), 1/s, 20 min left"],
    [progress(1, { rate: 1, etaSeconds: 12_000 }), "1 of 2,000 events (0 %), 1/s, 3 h 20 min left"],
  ])("is said as %j", (made, text) => {
    expect(progressText(made)).toBe(text);
  });

  it("is a line from time to time where there is no terminal, and a bar on one", () => {
    let [told, now] = ["", 0];
    const write = (text: string): void => void (told += text);
    const lines = showProgress("orders", { write }, () => now);
    for (const [at, applied] of [
      [0, 0],
      [100, 500],
      [5_000, 1_000],
      [20_000, 1_000],
    ] as const) {
      now = at;
      lines.update(progress(applied));
    }
    lines.end();
    expect(told).toBe("orders: 1,000 of 2,000 events (50 %)\n");
  });
});

describe("a comparison", () => {
  const alike: Comparison = { equal: 12_000, different: 0, onlyLive: 0, onlyNext: 0, samples: [] };

  it("is said in lines", () => {
    expect(isAlike(alike)).toBe(true);
    expect(comparisonLines(alike)).toBe("All 12,000 documents are equal.\n");
    const differs: Comparison = {
      ...alike,
      different: 2,
      onlyNext: 1,
      samples: [
        { collection: "orders", id: "a", columns: ["total", "state"], only: undefined },
        { collection: "orders", id: "b", columns: [], only: undefined },
        { collection: "orders", id: "c", columns: [], only: "next" },
      ],
    };
    expect(isAlike(differs)).toBe(false);
    expect(comparisonLines(differs)).toBe(
      `Documents: 12,000 equal, 2 different, 0 only live, 1 only in the other build.
  orders a: total, state
  orders b: columns that aren't shown
  orders c: only in the other build
`,
    );
  });
});
