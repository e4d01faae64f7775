import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seal, unseal } from "../../src/model/sealed-text.ts";

describe("a sealed text", () => {
  it("gives back any JSON value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(unseal(seal(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("is nothing where it was damaged, or made up", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(unseal(text)).toBeUndefined();
      }),
    );
    const body = "no JSON";
    const packed = crc32(body).toString(16).padStart(8, "0") + body;
    expect(unseal(Buffer.from(packed).toString("base64url"))).toBeUndefined();
  });
});
