import { describe, expect, it } from "vitest";
import { EventQLError } from "../../../src/errors.ts";
import type { Builds, Comparison, ProjectionAdministration, ProjectionState } from "../../../src/model/builds.ts";
import { defaultLimits } from "../../../src/graphql/services.ts";
import { appuser } from "../example-catalogs.ts";
import { openHarness } from "../harness.ts";
import { Live, codeOf } from "../subscription/live.ts";

const build = (id: string, suffix = ""): Builds["live"] => ({
  id,
  projection: `aggregates${suffix}`,
  suffix,
  definition: "{}",
  topics: ["appuser"],
  collections: ["users"],
  since: new Date("2026-01-02T03:04:05Z"),
});

const state: ProjectionState = {
  builds: {
    name: "appuser",
    base: "aggregates",
    topics: ["appuser"],
    live: build("11111111"),
    next: build("22222222", "_22222222"),
    previous: build("33333333", "_33333333"),
    swap: "manual",
    revision: 4,
  },
  live: { applied: 1_000_000_000_000, total: 1_000_000_000_000, rate: undefined, etaSeconds: 0, joined: false },
  next: { applied: 1_999, total: 2_000, rate: 512.5, etaSeconds: 1, joined: false },
  isFollowed: true,
};

const comparison: Comparison = {
  equal: 3,
  different: 1,
  onlyLive: 0,
  onlyNext: 1,
  samples: [
    { collection: "users", id: "a", columns: ["firstname"], only: undefined },
    { collection: "users", id: "b", columns: [], only: "next" },
  ],
};

/** One that notes what it is asked. */
function administration(
  parts: Partial<ProjectionAdministration> = {},
): ProjectionAdministration & { readonly asked: unknown[][] } {
  const asked: unknown[][] = [];
  const answer =
    (what: string) =>
    async (...args: readonly unknown[]): Promise<ProjectionState> => {
      asked.push([what, ...args]);
      return state;
    };
  return {
    asked,
    list: async () => [state],
    rebuild: answer("rebuild"),
    swap: answer("swap"),
    restore: answer("restore"),
    discard: answer("discard"),
    compare: async (name, { samples, onProgress }) => {
      asked.push(["compare", name, samples]);
      onProgress?.(4);
      return comparison;
    },
    ...parts,
  };
}

const SHOW = `name topics swap isFollowed builds {
  id state since collections progress { applied total percent rate etaSeconds joined }
}`;
const SAMPLES = "samples { collection id columns only }";
const COMPARE = `equal different onlyLive onlyNext ${SAMPLES}`;

const progress = { rate: null, etaSeconds: 0, joined: false };
const shown = {
  name: "appuser",
  topics: ["appuser"],
  swap: "MANUAL",
  isFollowed: true,
  builds: [
    {
      id: "11111111",
      state: "LIVE",
      since: "2026-01-02T03:04:05.000Z",
      collections: ["users"],
      progress: { ...progress, applied: "1000000000000", total: "1000000000000", percent: 100 },
    },
    {
      id: "22222222",
      state: "NEXT",
      since: "2026-01-02T03:04:05.000Z",
      collections: ["users_22222222"],
      progress: { applied: "1999", total: "2000", percent: 99.9, rate: 512.5, etaSeconds: 1, joined: false },
    },
    {
      id: "33333333",
      state: "PREVIOUS",
      since: "2026-01-02T03:04:05.000Z",
      collections: ["users_33333333"],
      progress: null,
    },
  ],
};

describe("administrators", () => {
  it("see projections and their builds, all or one", async () => {
    const api = await openHarness(appuser, { projections: administration() });
    expect(await api.run(`{ projections { ${SHOW} } }`)).toEqual({ data: { projections: [shown] } });
    const one = await api.run(`{ projections(name: "appuser") { name } }`);
    expect(one).toEqual({ data: { projections: [{ name: "appuser" }] } });
    const { errors } = await api.run(`{ projections(name: "other") { name } }`);
    expect(errors?.[0]).toMatchObject({ extensions: { code: "BAD_USER_INPUT" } });
    expect(errors?.[0]?.message).toBe("There is no projection other: there are appuser.");
  });

  it("change builds", async () => {
    const projections = administration();
    const api = await openHarness(appuser, { projections });
    for (const what of ["rebuild", "swap", "restore", "discard"]) {
      const field = `${what}Projection`;
      const { data } = await api.run(`mutation { ${field}(name: "appuser") { name } }`);
      expect(data).toEqual({ [field]: { name: "appuser" } });
    }
    await api.run(`mutation { rebuildProjection(name: "appuser", swap: MANUAL) { name } }`);
    expect(projections.asked).toEqual([
      ["rebuild", "appuser", { swap: undefined }],
      ["swap", "appuser"],
      ["restore", "appuser"],
      ["discard", "appuser"],
      ["rebuild", "appuser", { swap: "manual" }],
    ]);
  });

  it("compare builds, as long as a query may take", async () => {
    const projections = administration();
    const api = await openHarness(appuser, { projections });
    const { data } = await api.run(`{ projectionComparison(name: "appuser", samples: 7) { ${COMPARE} } }`);
    expect(data).toEqual({
      projectionComparison: {
        equal: "3",
        different: "1",
        onlyLive: "0",
        onlyNext: "1",
        samples: [
          { collection: "users", id: "a", columns: ["firstname"], only: null },
          { collection: "users", id: "b", columns: [], only: "NEXT" },
        ],
      },
    });
    expect(projections.asked).toEqual([["compare", "appuser", 7]]);
    const { errors } = await api.run(`{ projectionComparison(name: "appuser", samples: -1) { equal } }`);
    expect(errors?.[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT" });
  });

  it("are told where to take their time", async () => {
    const compare: ProjectionAdministration["compare"] = async (_name, { signal }) =>
      await new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
    const projections = administration({ compare });
    const limits = { ...defaultLimits, maxQueryMs: 20 };
    const api = await openHarness(appuser, { limits, projections });
    const { errors } = await api.run(`{ projectionComparison(name: "appuser") { equal } }`);
    expect(errors?.[0]).toMatchObject({ extensions: { code: "LIMIT_EXCEEDED" } });
    expect(errors?.[0]?.message).toContain("subscribe to `projectionComparison`");
  });
});

describe("administrators who subscribe", () => {
  it("are told how far a projection is, and each change", async () => {
    let now = state;
    const live = new Live(appuser, { projections: administration({ list: async () => [now] }) });
    const inbox = await live.follow(`subscription { projectionProgress(name: "appuser") { ${SHOW} } }`);
    await expect.poll(() => inbox.results).toEqual([{ data: { projectionProgress: shown } }]);
    now = { ...state, isFollowed: false };
    await expect.poll(() => inbox.results.length, { timeout: 5_000 }).toBe(2);
    expect(inbox.results[1]).toMatchObject({ data: { projectionProgress: { isFollowed: false } } });
    inbox.close();
    await expect(codeOf(live.follow(`subscription { projectionProgress(name: "x") { name } }`))).resolves.toBe(
      "BAD_USER_INPUT",
    );
  });

  it("are told no more once they aren't any", async () => {
    let isAdmin = true;
    let applied = 0;
    const list = async (): Promise<readonly ProjectionState[]> => [
      { ...state, live: { ...state.live, applied: applied++ } },
    ];
    const live = new Live(appuser, { projections: administration({ list }), mayAdminister: () => isAdmin });
    const inbox = await live.follow(`subscription { projectionProgress(name: "appuser") { name } }`);
    await expect.poll(() => inbox.results.length).toBe(1);
    isAdmin = false;
    await expect.poll(() => inbox.errors?.[0]?.extensions, { timeout: 5_000 }).toMatchObject({ code: "FORBIDDEN" });
    expect(inbox.results.length).toBeLessThanOrEqual(2);
  });

  it("are told what a comparison finds, and that it is over", async () => {
    const live = new Live(appuser, { projections: administration() });
    const inbox = await live.follow(
      `subscription { projectionComparison(name: "appuser") { compared comparison { equal } } }`,
    );
    await expect.poll(() => inbox.errors).toEqual([]);
    expect(inbox.results).toEqual([{ data: { projectionComparison: { compared: "4", comparison: { equal: "3" } } } }]);
  });

  it.each([
    ["what it has to say", new EventQLError("NOT_READY", "one build alone"), "NOT_READY"],
    ["nothing else", new TypeError("secret"), "INTERNAL"],
  ])("are told of a failure %s", async (_what, error, code) => {
    const compare = (): Promise<never> => Promise.reject(error);
    const live = new Live(appuser, { projections: administration({ compare }) });
    const inbox = await live.follow(`subscription { projectionComparison(name: "appuser") { compared } }`);
    await expect.poll(() => inbox.errors?.[0]?.extensions).toMatchObject({ code });
    expect(JSON.stringify(inbox.errors)).not.toContain("secret");
  });
});

describe("others", () => {
  const ask = '(name: "appuser")';
  it.each([
    ["query", "projections { name }"],
    ["query", `projections${ask} { name }`],
    ["query", `projectionComparison${ask} { equal }`],
    ["mutation", `rebuildProjection${ask} { name }`],
    ["mutation", `swapProjection${ask} { name }`],
    ["mutation", `restoreProjection${ask} { name }`],
    ["mutation", `discardProjection${ask} { name }`],
  ])("get nothing: %s %s", async (kind, field) => {
    const projections = administration();
    const api = await openHarness(appuser, { projections, mayAdminister: () => false });
    const { errors } = await api.run(`${kind} { ${field} }`);
    expect(errors?.[0]?.extensions).toMatchObject({ code: "FORBIDDEN" });
    expect(projections.asked).toEqual([]);
  });

  it.each(['projectionProgress(name: "appuser") { name }', 'projectionComparison(name: "appuser") { compared }'])(
    "can't subscribe to %s",
    async (field) => {
      const projections = administration();
      const live = new Live(appuser, { projections, mayAdminister: () => false });
      await expect(codeOf(live.follow(`subscription { ${field} }`))).resolves.toBe("FORBIDDEN");
      await expect(codeOf(live.iterate(`subscription { ${field} }`))).resolves.toBe("FORBIDDEN");
      expect(projections.asked).toEqual([]);
    },
  );
});
