import { describe, expect, it } from "vitest";
import type { Catalog } from "../../src/catalog/types.ts";
import { buildValidSchema } from "../../src/graphql/build-valid-schema.ts";
import { compareSchemas } from "../../src/graphql/compare-schemas.ts";
import { defaultLimits } from "../../src/graphql/services.ts";
import { calculator, owned } from "./owned-catalogs.ts";

const api = (catalog: Catalog) => buildValidSchema({ catalog, limits: defaultLimits });

/** The same aggregates, of open topics. */
const opened: Catalog = {
  ...owned,
  aggregates: owned.aggregates.map(({ owned: _owned, ...aggregate }) => aggregate),
  commands: [],
};

describe("a topic that becomes owned", () => {
  it("loses nothing but the mutations of what its rules alone change, and where its events stand in a dry run", () => {
    const { breaking } = compareSchemas(api(opened), api(owned));
    const lost = breaking.filter(({ path }) => path.startsWith("Mutation."));
    expect(lost.map(({ path }) => path)).toEqual([
      "Mutation.deleteValue",
      "Mutation.valueAdded",
      "Mutation.valueCreated",
      "Mutation.valueMultiplied",
    ]);
    expect(lost[0]?.why).toContain("eventMutations: true");
    const others = breaking.filter((change) => !lost.includes(change)).map(({ path }) => path);
    expect(
      others.filter((path) => !/^(?:DeleteValue|Value(?:Added|Created|Multiplied))(?:Payload|Input)$/.test(path)),
    ).toEqual([
      "TransferNoted._meta",
      "TransferTombstone._meta",
      "ValueAdded._meta",
      "ValueCreated._meta",
      "ValueMultiplied._meta",
      "ValueTombstone._meta",
    ]);
  });
});

describe("a command that goes", () => {
  it("is told by its mutation, and why", () => {
    const [change] = calculator.commands;
    const [value] = calculator.aggregates;
    if (value?.owned === undefined || change === undefined) throw new TypeError("no rules");
    const commands = [change];
    const less = { ...calculator, commands, aggregates: [{ ...value, owned: { ...value.owned, commands } }] };
    const { breaking } = compareSchemas(api(calculator), api(less));
    expect(breaking.find(({ path }) => path === "Mutation.createValue")?.why).toContain("its command");
    expect(compareSchemas(api(less), api(calculator)).breaking).toEqual([]);
  });
});
