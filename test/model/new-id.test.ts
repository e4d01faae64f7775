import { describe, expect, it } from "vitest";
import { validate, version } from "uuid";
import { newId } from "../../src/model/new-id.ts";

describe("newId", () => {
  it("makes UUIDs of version 7, each another one", () => {
    const ids = Array.from({ length: 2_000 }, newId);
    expect(ids.every((id) => validate(id) && version(id) === 7)).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("begins with the time in ms since 1970-01-01 UTC", () => {
    const before = Date.now();
    const ms = Number.parseInt(newId().replaceAll("-", "").slice(0, 12), 16);
    expect(ms).toBeGreaterThanOrEqual(before);
    expect(ms).toBeLessThanOrEqual(Date.now());
  });
});
