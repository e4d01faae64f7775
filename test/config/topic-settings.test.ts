import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { describeConfig } from "../../src/config/describe-config.ts";
import { topicSettingsShape } from "../../src/config/topic-settings.ts";
import { loadConfig } from "../../src/config.ts";
import { windows } from "../../src/model/windows/define-windows.ts";
import { count } from "../../src/model/windows/measures.ts";

describe("settings of topics", () => {
  it("are partitions, compaction and how long records are kept", () => {
    const settings = { t: { partitions: 2, compacted: true, retention: "P2W" }, u: { retention: "PT12H30M" }, v: {} };
    expect(topicSettingsShape.parse(settings)).toEqual(settings);
  });

  // A month isn't always equally long.
  it.each<object>([
    { retention: "P1M" },
    { retention: "P1Y" },
    { retention: "30 days" },
    { retention: 30 },
    { partitions: 0 },
    { compacted: "yes" },
    { retentionMs: 1 },
  ])("are not %j", (settings) => {
    expect(topicSettingsShape.safeParse({ t: settings }).success).toBe(false);
  });
});

it("describes projections by their names", async () => {
  const config = await loadConfig({ flags: {}, env: {}, cwd: tmpdir() });
  const daily = windows({ name: "Daily", from: ["t"], by: "day", measures: { n: count() } });
  expect(describeConfig({ ...config, projections: [daily, { ...daily, name: "Weekly" }] })).toContainEqual({
    path: "projections",
    value: "Daily,Weekly",
    source: "default",
  });
});
