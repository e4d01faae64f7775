import { describe, expect, it } from "vitest";
import { javaVersion, missingForNative, missingPlatform } from "../../stack/requirements.ts";

describe("the needs of the native way", () => {
  it.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['java version "1.8.0_401"', 1],
    ['openjdk version "25" 2025-09-16', 25],
    ["command not found", undefined],
  ])("read the version of %j as %s", (printed, version) => {
    expect(javaVersion(printed)).toBe(version);
  });

  it("include the platform of mongod's binary", () => {
    expect(missingPlatform("linux", "x64", "2.36")).toBeUndefined();
    expect(missingPlatform("darwin", "arm64", undefined)).toContain("this is darwin arm64");
    expect(missingPlatform("linux", "x64", undefined)).toContain("linux x64 without glibc");
    expect(missingPlatform("linux", "arm64", "2.36")).toContain("this is linux arm64");
  });

  it("include Java, but no tool for downloads that aren't needed", async () => {
    const missing = await missingForNative({ java: undefined, fetchesByMaven: false, fetchesByPip: false });
    expect(missing).toContainEqual(expect.stringContaining("Java 17 or newer"));
    expect(missing.join()).not.toMatch(/Maven|pip/);
  });
});
