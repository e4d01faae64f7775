import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { INSTRUMENTS } from "../../src/telemetry/instruments.ts";
import { PROCESS_INSTRUMENTS } from "../../src/telemetry/process-metrics.ts";
import { prometheusName } from "../../src/telemetry/prometheus-text.ts";

test("docs/observability.md has a row for each metric, as the code has it, and no other", async () => {
  const page = await readFile(new URL("../../docs/observability.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| `([a-z\d_]+)` .*\|$/gm)].map(([row]) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.replaceAll("`", "").trim()),
  );
  const documented = [...Object.values(INSTRUMENTS), ...Object.values(PROCESS_INSTRUMENTS)].map((instrument) => {
    const { name, kind, unit, attributes, description } = instrument;
    return [prometheusName(instrument), name, kind, unit, attributes.join(" "), description];
  });
  const byName = ([a = ""]: readonly string[], [b = ""]: readonly string[]): number => a.localeCompare(b, "en");
  expect(rows.toSorted(byName)).toEqual(documented.toSorted(byName));
});

test("its queries name metrics that there are", async () => {
  const page = await readFile(new URL("../../docs/observability.md", import.meta.url), "utf8");
  const [, queries = ""] = /```promql\n(.*?)```/s.exec(page) ?? [];
  const named = [...queries.matchAll(/\b(?:eventql|messaging_client)_[a-z_]+(?=[^a-z_])/g)].map(([name]) => name);
  const known = new Set(
    Object.values(INSTRUMENTS).map((instrument) => {
      const name = prometheusName(instrument);
      return instrument.kind === "histogram" ? `${name}_bucket` : name;
    }),
  );
  expect(named.length).toBeGreaterThan(4);
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});
