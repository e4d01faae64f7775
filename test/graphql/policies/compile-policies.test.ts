import { describe, expect, it } from "vitest";
import { isEventQLError, messageOf } from "../../../src/errors.ts";
import { compilePolicies } from "../../../src/graphql/policies/compile-policies.ts";
import { defaultLimits } from "../../../src/graphql/services.ts";
import type { Action, Decision } from "../../../src/security/authorize.ts";
import type { Policies, ReadPolicy } from "../../../src/security/policies.ts";
import { aggregate, catalogOf, column, nullable } from "../sketch.ts";
import { authorizeBank, bank, identity } from "./policy-catalog.ts";

function decide(
  policies: Policies,
  role: string | undefined,
  action: Action,
  claims: Readonly<Record<string, unknown>> = {},
  aggregate = "Account",
): Decision {
  const caller = role === undefined ? undefined : identity(role, claims);
  return authorizeBank(policies)({ identity: caller, headers: {}, remoteAddress: undefined }, action, aggregate);
}

const read = (where: ReadPolicy["where"], claims?: Readonly<Record<string, unknown>>): Decision =>
  decide({ Account: { user: { read: { where } } } }, "user", "read", claims);

describe("a policy", () => {
  it("allows nothing that it doesn't name", () => {
    const policies: Policies = { Account: { user: {} }, Branch: { user: { read: true } } };
    for (const action of ["read", "append", "subscribe", "administer"] as const) {
      expect(decide(policies, "user", action)).toMatchObject({ allow: false });
      expect(decide(policies, "other", action)).toMatchObject({ allow: false });
      expect(decide(policies, undefined, action)).toMatchObject({ allow: false });
    }
    expect(decide(policies, "user", "read", {}, "Branch")).toEqual({ allow: true });
    expect(decide(policies, "user", "read", {}, "Nowhere")).toMatchObject({ allow: false });
    expect(decide(policies, "toString", "read", {}, "Branch")).toMatchObject({ allow: false });
    expect(decide(policies, "user", "read", {}, "constructor")).toMatchObject({ allow: false });
  });

  it("is no limit to admin roles", () => {
    for (const action of ["read", "append", "subscribe", "administer"] as const)
      expect(decide({}, "admin", action)).toEqual({ allow: true });
  });

  it("of the anonymous role is that of callers without identity", () => {
    expect(decide({ Account: { anonymous: { read: true } } }, undefined, "read")).toEqual({ allow: true });
  });

  it("of reading is that of subscribing too, unless that has its own", () => {
    const limited = { where: { kind: { eq: "OPEN" } }, columns: ["label"] };
    const decision = { allow: true, filter: { kind: { $eq: "OPEN" } }, columns: new Set(["label"]) };
    const own = { columns: ["kind"] };
    expect(decide({ Account: { user: { read: limited } } }, "user", "subscribe")).toEqual(decision);
    expect(decide({ Account: { user: { read: limited, subscribe: own } } }, "user", "subscribe")).toEqual({
      allow: true,
      columns: new Set(["kind"]),
    });
    const never = { Account: { user: { read: true, subscribe: false } } };
    expect(decide(never, "user", "subscribe")).toMatchObject({ allow: false });
  });

  it.each<[Policies[string][string], Decision | { allow: false }]>([
    [{ append: true }, { allow: true, tombstones: false }],
    [
      { append: true, delete: true },
      { allow: true, tombstones: true },
    ],
    [{ append: ["Opened"] }, { allow: true, tombstones: false, events: new Set(["Opened"]) }],
    [{ delete: true }, { allow: true, tombstones: true, events: new Set() }],
    [{ append: [] }, { allow: false }],
    [{ append: false, delete: false }, { allow: false }],
  ])("%j of appending", (policy, expected) => {
    expect(decide({ Account: { user: policy } }, "user", "append")).toMatchObject(expected);
  });
});

describe("a policy's where", () => {
  it("is that of the aggregate, in the language of GraphQL's variables", () => {
    const where = {
      OR: [{ balance: { gt: "9007199254740993" } }, { NOT: { label: { startsWith: "a." } } }],
      kind: { in: ["OPEN"] },
    };
    expect(read(where)).toEqual({
      allow: true,
      filter: {
        $and: [
          { kind: { $in: ["OPEN"] } },
          { $or: [{ balance: { $gt: 9007199254740993n } }, { $nor: [{ label: { $regex: String.raw`^a\.` } }] }] },
        ],
      },
    });
  });

  it("may rest on a hidden column, and on the id", () => {
    expect(read({ tenant: { eq: "eu" }, id: { startsWith: "eu-" } })).toMatchObject({
      filter: { $and: [{ _id: { $regex: "^eu-" } }, { tenant: { $eq: "eu" } }] },
    });
  });

  it("takes claims for values, at any depth", () => {
    const where = {
      owner: { eq: "$claims.sub" },
      OR: [{ tenant: { in: "$claims.org.tenants" } }, { tags: { hasSome: ["$claims.team", "all"] } }],
    };
    expect(read(where, { sub: "ann", org: { tenants: ["eu", "us"] }, team: "blue" })).toMatchObject({
      filter: {
        $and: [
          { owner: { $eq: "ann" } },
          { $or: [{ tenant: { $in: ["eu", "us"] } }, { tags: { $in: ["blue", "all"] } }] },
        ],
      },
    });
  });

  it("takes one claim for a list of one", () => {
    expect(read({ owner: { in: "$claims.sub" } }, { sub: "ann" })).toMatchObject({
      filter: { owner: { $in: ["ann"] } },
    });
  });

  it.each([undefined, null, ""])("denies who has no such claim: %j", (sub) => {
    expect(read({ owner: { startsWith: "$claims.sub" } }, { sub })).toEqual({
      allow: false,
      reason: "you have no claim sub, on which the policy rests",
    });
  });

  it.each([
    ["a number for a text", { owner: { eq: "$claims.x" } }, 7],
    ["an object for a text", { owner: { eq: "$claims.x" } }, { ne: "a" }],
    ["a list for a text", { owner: { eq: "$claims.x" } }, ["a", "b"]],
    ["a list in a list", { owner: { in: ["$claims.x"] } }, ["a"]],
    ["an object in a list", { owner: { in: "$claims.x" } }, [{ $ne: "a" }]],
    ["null in a list", { owner: { in: "$claims.x" } }, [null]],
    ["another symbol", { kind: { eq: "$claims.x" } }, "AJAR"],
    ["no number", { balance: { lt: "$claims.x" } }, "1e9"],
    ["too long a list", { owner: { in: "$claims.x" } }, Array.from({ length: 1001 }, () => "a")],
    ["too long a text", { owner: { contains: "$claims.x" } }, "a".repeat(1001)],
  ])("denies whose claim doesn't fit: %s", (_what, where, x) => {
    const decision = read(where, { x });
    expect(decision).toMatchObject({ allow: false, reason: expect.stringMatching(/claim \(x\)|can't be applied/) });
    expect(decide({ Account: { user: { read: { where } } } }, "user", "subscribe", { x }).allow).toBe(false);
  });

  it("doesn't tell whose claim doesn't fit what it asks of which column", () => {
    const reason = "a claim (x) doesn't fit the policy";
    expect(read({ tenant: { eq: "$claims.x" } }, { x: 7 })).toEqual({ allow: false, reason });
    const long = Array.from({ length: 1001 }, () => "a");
    expect(read({ tenant: { in: "$claims.x" } }, { x: long })).toEqual({ allow: false, reason });
  });

  it("never puts a claim in the place of an operator or a column", () => {
    const claims = { sub: "$ne", "owner.eq": "x" };
    expect(read({ owner: { eq: "$claims.sub" } }, claims)).toMatchObject({ filter: { owner: { $eq: "$ne" } } });
    const twice = { sub: "$claims.other", other: "bob" };
    expect(read({ owner: { eq: "$claims.sub" } }, twice)).toMatchObject({
      filter: { owner: { $eq: "$claims.other" } },
    });
  });

  it("may be of an aggregate with columns named like what every object has", () => {
    const odd = catalogOf(
      aggregate("Odd", { columns: [column("toString", nullable("string")), column("kind", nullable("string"))] }),
    );
    const policies: Policies = { Odd: { user: { read: { where: { kind: { eq: "$claims.kind" } } } } } };
    const rules = { policies, adminRoles: [], anonymousRole: "anonymous" };
    const caller = { identity: identity("user", { kind: "a" }), headers: {}, remoteAddress: undefined };
    expect(compilePolicies(odd, rules, defaultLimits)(caller, "read", "Odd")).toEqual({
      allow: true,
      filter: { kind: { $eq: "a" } },
    });
  });

  it("is decided once for the same claims", () => {
    const authorize = authorizeBank({ Account: { user: { read: { where: { owner: { eq: "$claims.sub" } } } } } });
    const ask = (sub: string): Decision =>
      authorize({ identity: identity("user", { sub }), headers: {}, remoteAddress: undefined }, "read", "Account");
    expect(ask("ann")).toBe(ask("ann"));
    expect(ask("ann")).not.toEqual(ask("bob"));
  });
});

describe("policies that don't fit the catalog", () => {
  function problems(policies: Policies): readonly string[] {
    try {
      compilePolicies(bank, { policies, adminRoles: [], anonymousRole: "anonymous" }, defaultLimits);
    } catch (error) {
      if (isEventQLError(error, "CATALOG_INVALID")) return error.message.split("\n").slice(1);
      throw error;
    }
    return [];
  }

  it("are told all at once, with place and remedy", () => {
    const found = problems({
      Acount: { user: {} },
      Branch: { user: { read: { columns: ["citty"] }, append: ["Built"] } },
      Account: {
        user: { read: { columns: ["labl", "tenant", "id"] }, append: ["Openned"] },
        other: { subscribe: true },
        third: {
          read: {
            where: {
              ownr: { eq: "x" },
              owner: { equals: "x" },
              balance: { gt: "x" },
              kind: { in: ["AJAR"] },
              label: "$claims.sub",
              tags: { has: null },
              OR: [{ owner: { eq: "$claim.sub" } }, "x"],
            },
          },
          subscribe: { where: { NOT: { owner: 1 } } },
        },
      },
    });
    expect(found).toEqual([
      "- policies.Acount: there is no aggregate Acount. Did you mean Account?",
      "- policies.Branch.user.read.columns: there is no column citty. Did you mean city?",
      "- policies.Branch.user.append: there is no event type Built. There are none.",
      "- policies.Account.user.read.columns: there is no column labl. Did you mean label?",
      "- policies.Account.user.read.columns: the column tenant is hidden: nobody sees it. Remove it here, or the hint hidden.",
      "- policies.Account.user.append: there is no event type Openned. Did you mean Opened?",
      "- policies.Account.other.subscribe: who subscribes reads, which is not allowed. Allow read too.",
      "- policies.Account.third.read.where.ownr: AccountWhere has no field ownr. Did you mean owner?",
      expect.stringMatching(
        /^- policies\.Account\.third\.read\.where\.owner\.equals: StringFilter has no field equals\. /,
      ),
      expect.stringMatching(
        /^- policies\.Account\.third\.read\.where\.balance\.gt: the value doesn't fit .* Give a value of Long\.$/,
      ),
      expect.stringMatching(
        /^- policies\.Account\.third\.read\.where\.kind\.in\[0\]: the value doesn't fit .* Give a value of Kind\.$/,
      ),
      "- policies.Account.third.read.where.label: a claim stands where fields are expected. Let it stand for a value: { eq: … }.",
      "- policies.Account.third.read.where.tags.has: null is no value. Ask with isNull, or leave it out.",
      "- policies.Account.third.read.where.OR[0].owner.eq: this begins as a variable does, and is none. Write $claims.<name>.",
      "- policies.Account.third.read.where.OR[1]: a value stands where fields are expected. Write fields, as { owner: { eq: … } }.",
      "- policies.Account.third.subscribe.where.NOT.owner: a value stands where fields are expected. Write fields, as { owner: { eq: … } }.",
    ]);
  });

  it("are told where a where asks for too much", () => {
    const values = Array.from({ length: 1001 }, () => "a");
    expect(problems({ Account: { user: { read: { where: { owner: { in: values } } } } } })).toEqual([
      expect.stringMatching(/^- policies\.Account\.user\.read\.where: the policy can't be applied .*1001 elements/),
    ]);
  });

  it("are no others", () => {
    expect(problems({})).toEqual([]);
    expect(
      problems({ Account: { user: { read: { where: { label: { eq: "$100" } }, columns: [] }, delete: true } } }),
    ).toEqual([]);
  });

  it("say nothing of names that objects have by themselves", () => {
    expect(() => problems({ Account: { user: { read: { where: { constructor: { eq: "x" } } } } } })).not.toThrow(
      TypeError,
    );
    expect(problems({ constructor: {} }).map(messageOf)).toHaveLength(1);
  });
});
