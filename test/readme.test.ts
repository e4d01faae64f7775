import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { z } from "zod";

const README = await readFile(new URL("../README.md", import.meta.url), "utf8");
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8")));

// What it shows is done by test/docs/examples.test.ts.
describe("the README", () => {
  test("begins with the command that starts it, and has the one that tests it", () => {
    const [first = ""] = /```sh\n.*?```/s.exec(README) ?? [];
    expect(first).toBe("```sh\nnpm ci && npm start\n```");
    expect(README).toContain("```sh\nnpm ci && npm test\n```");
    expect(scripts["start"]).toContain("src/main.ts start --sample --create-topics");
    expect(scripts["test"]).toBe("vitest run");
    expect(scripts["eventql"]).toContain("src/main.ts");
  });

  test("names scripts that there are", () => {
    const named = [...README.matchAll(/npm run (?:-s )?([\w:-]+)/g)].map(([, script = ""]) => script);
    expect(named).toContain("demo");
    for (const script of named) expect(Object.keys(scripts)).toContain(script);
  });

  test("is short", () => {
    expect(README.split("\n").length).toBeLessThan(140);
  });
});
