import { describe, expect, it } from "vitest";
import { breaches } from "./architecture/check.ts";
import { type Module, parseModule, readModules } from "./architecture/module-graph.ts";

function breachesOf(files: Readonly<Record<string, string>>): readonly string[] {
  return breaches(Object.entries(files).map(([path, source]) => parseModule(path, source)));
}

describe("the architecture", () => {
  it("holds in src", () => {
    const modules = readModules("src");
    expect(modules.length).toBeGreaterThan(20);
    expect(breaches(modules)).toEqual([]);
  });
});

describe("the checker of the architecture", () => {
  it("finds nothing in modules that keep the rules", () => {
    expect(
      breachesOf({
        "errors.ts": "export class E extends Error {}",
        "model/event.ts": 'import { E } from "../errors.ts"; export type Event = E;',
        "catalog/types.ts": 'import type { Event } from "../model/event.ts"; export type T = Event;',
        "fold/fold.ts": 'import type { T } from "../catalog/types.ts"; export type F = T;',
        "event-log/event-log.ts": "export interface Log {}",
        "event-log/options.ts": 'export const own = 1; export type { Log } from "./event-log.ts";',
        "event-log/kafka/log.ts":
          'import { Kafka } from "kafkajs"; import type { Log } from "../event-log.ts"; export const k: Log = Kafka;',
        "compose.ts": 'import { k } from "./event-log/kafka/log.ts"; export const c = k;',
        "main.ts": 'import { c } from "./compose.ts"; c;',
        "open-event-store.ts": 'import { c } from "./compose.ts"; export const o = c;',
        "index.ts": 'export { o } from "./open-event-store.ts"; export type { T } from "./catalog/types.ts";',
      }),
    ).toEqual([]);
  });

  it.each([
    ["projector/a.ts", 'import { x } from "../graphql/b.ts";', /projector may import model, .* alone/],
    ["projector/a.ts", 'import type { X } from "../command/b.ts";', /projector may import/],
    ["model/a.ts", 'export type X = import("../catalog/types.ts").X;', /model may import errors alone/],
    ["server/a.ts", 'const x = await import("../catalog/b.ts");', /server may import/],
    ["fold/a.ts", 'import { x } from "../catalog/b.ts";', /types of catalog alone/],
    ["fold/a.ts", 'import { x, type Y } from "../catalog/b.ts";', /types of catalog alone/],
    ["security/a.ts", 'import "../read-model/read-model.ts";', /types of read-model alone/],
    [
      "projector/a.ts",
      'import { k } from "../event-log/kafka/log.ts";',
      /event-log\/kafka may be imported by compose alone/,
    ],
    ["event-log/kafka/a.ts", 'import { x } from "../embedded/b.ts";', /event-log\/embedded may be imported/],
    [
      "event-log/kafka/a.ts",
      'import { x } from "../../read-model/read-model.ts";',
      /event-log\/kafka may import event-log/,
    ],
    [
      "server/a.ts",
      'import { x } from "../compose.ts";',
      /compose may be imported by main, cli, open-event-store alone/,
    ],
    ["cli/a.ts", 'import { x } from "../index.ts";', /index may be imported by nothing alone/],
    ["projector/a.ts", 'import type { Kafka } from "kafkajs";', /kafkajs may be imported in event-log\/kafka alone/],
    ["event-log/embedded/a.ts", 'import { MongoClient } from "mongodb";', /mongodb may be imported in/],
    [
      "catalog/a.ts",
      'import { GraphQLError } from "graphql/error/index.js";',
      /graphql may be imported in graphql, server/,
    ],
    ["cli/a.ts", 'import { createYoga } from "graphql-yoga";', /graphql-yoga may be imported in/],
    ["server/a.ts", 'import { DatabaseSync } from "node:sqlite";', /node:sqlite may be imported in/],
    ["fold/a.ts", 'import { readFile } from "node:fs/promises";', /fold touches neither files/],
    ["novel/a.ts", 'import { x } from "../errors.ts";', /don't know the part "novel"/],
    ["graphql/a.ts", 'export { x } from "./b.ts";', /index\.ts is the only barrel/],
    ["graphql/a.ts", 'export * from "./b.ts";', /index\.ts is the only barrel/],
    ["graphql/a.ts", 'throw new Error("plain");', /throws a plain Error 1 times/],
  ])("finds the breach in %s: %s", (path, source, rule) => {
    const found = breachesOf({ [path]: source });
    expect(found).toEqual([expect.stringMatching(rule)]);
    expect(found[0]).toContain(path);
  });

  it("finds a file that is too long", () => {
    expect(breachesOf({ "graphql/a.ts": "\n".repeat(250) })).toEqual([]);
    expect(breachesOf({ "graphql/a.ts": "\n".repeat(251) })).toEqual(["graphql/a.ts has 251 lines: 250 is the most"]);
  });

  it("finds a ring, of types too, and names all of it", () => {
    const files = {
      "model/a.ts": 'import type { B } from "./b.ts"; export type A = B;',
      "model/b.ts": 'import type { C } from "./c.ts"; export type B = C;',
      "model/c.ts": 'import type { A } from "./a.ts"; export type C = A;',
    };
    expect(breachesOf(files)).toEqual(["model/a.ts → model/b.ts → model/c.ts → model/a.ts: imports must make no ring"]);
  });

  it("tells what is imported for its type alone", () => {
    const imports = (source: string): Module["imports"] => parseModule("model/a.ts", source).imports;
    expect(imports('import type { X } from "./x.ts";')).toEqual([{ to: "model/x.ts", kind: "module", typeOnly: true }]);
    expect(imports('import { type X, y } from "../x.ts";')).toEqual([{ to: "x.ts", kind: "module", typeOnly: false }]);
    expect(imports('import "@a/b/c.js";')).toEqual([{ to: "@a/b", kind: "package", typeOnly: false }]);
  });
});
