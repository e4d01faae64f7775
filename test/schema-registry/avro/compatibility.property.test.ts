import avsc from "avsc";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { incompatibleLines, schemaMistakes } from "../../../src/schema-registry/avro/check-schema.ts";
import { evolutions, type Json, PRIMITIVES } from "./evolutions.ts";

const RUNS = 1000;

function check(newer: Json, older: Json): readonly string[] {
  const [reader, writer] = [newer, older].map((schema) => ({ text: JSON.stringify(schema), dependencies: [] }));
  if (reader === undefined || writer === undefined) throw new TypeError("two schemas");
  return incompatibleLines(reader, writer);
}

function avscReads(newer: Json, older: Json): boolean {
  const toType = (schema: Json): avsc.Type => avsc.Type.forSchema(JSON.parse(JSON.stringify(schema)));
  const [reader, writer] = [toType(newer), toType(older)];
  try {
    reader.createResolver(writer);
    return true;
  } catch {
    return false;
  }
}

describe("the compatibility checker", () => {
  it("agrees with avsc's resolver on random evolutions of random schemas", () => {
    const seen = { compatible: 0, incompatible: 0 };
    fc.assert(
      fc.property(evolutions, ({ older, newer }) => {
        expect(schemaMistakes(JSON.stringify(newer))).toEqual([]);
        const reasons = check(newer, older);
        expect({ reasons, reads: reasons.length === 0 }).toEqual({ reasons, reads: avscReads(newer, older) });
        seen[reasons.length === 0 ? "compatible" : "incompatible"] += 1;
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
    expect(Math.min(seen.compatible, seen.incompatible)).toBeGreaterThan(RUNS / 20);
  });

  it("agrees with avsc on each pair of primitives, bare and in a union", () => {
    const types = PRIMITIVES.flatMap((type): readonly Json[] => [type, [type, type === "null" ? "int" : "null"]]);
    for (const older of types)
      for (const newer of types)
        expect({ older, newer, reads: check(newer, older).length === 0 }).toEqual({
          older,
          newer,
          reads: avscReads(newer, older),
        });
  });

  it("finds every schema compatible with itself", () => {
    fc.assert(
      fc.property(evolutions, ({ older }) => {
        expect(check(older, older)).toEqual([]);
      }),
      { numRuns: RUNS / 10, endOnFailure: true },
    );
  });
});
