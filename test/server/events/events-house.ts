import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach } from "vitest";
import { z } from "zod";
import { startGateway } from "../../../src/compose.ts";
import { type Config, loadConfig } from "../../../src/config.ts";
import type { RunningGateway } from "../../../src/runtime/gateway.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { noMetrics } from "../../../src/telemetry/metrics.ts";
import { noTracer } from "../../../src/telemetry/tracing.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const record = (name: string, fields: readonly object[], hints: object = {}): object => ({
  type: "record",
  name,
  namespace: "house",
  eventql: hints,
  fields,
});

/** People, whom anybody appends to; and accounts, which have one writer and transactions. */
const SCHEMAS: Readonly<Record<string, readonly object[]>> = {
  people: [
    record("PersonNamed", [
      { name: "id", type: "string", eventql: { key: true } },
      { name: "name", type: "string" },
      { name: "secret", type: ["null", "string"], default: null, eventql: { hidden: true } },
    ]),
    record("PersonMoved", [
      { name: "city", type: "string" },
      { name: "since", type: "long", default: 0 },
    ]),
  ],
  accounts: [record("AccountCredited", [{ name: "amount", type: "int" }], { owned: true, transactions: true })],
};

/** A gateway over the embedded stack, and its folder. */
export interface House {
  readonly url: string;
  readonly data: string;
  readonly gateway: RunningGateway;
}

const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

/** Starts a gateway; it stops after the test. */
export async function openHouse(changed: Partial<Config> = {}): Promise<House> {
  const folder = await temporaryFolder();
  open.push(async () => await folder.remove());
  for (const [topic, schemas] of Object.entries(SCHEMAS)) {
    await mkdir(join(folder.path, "schemas", topic), { recursive: true });
    for (const schema of schemas) {
      const { name } = z.object({ name: z.string() }).parse(schema);
      await writeFile(join(folder.path, "schemas", topic, `${name}.avsc`), JSON.stringify(schema));
    }
  }
  const flags = { stack: "embedded", data: "data", schemas: "schemas", port: "0", createTopics: true, sample: false };
  const config = { ...(await loadConfig({ flags, env: {}, cwd: folder.path })), ...changed };
  const gateway = await startGateway(config, silentLogger, { metrics: noMetrics, tracer: noTracer });
  open.push(async () => await gateway.stop());
  await gateway.ready;
  return { url: gateway.url, data: config.data, gateway };
}

const Answered = z.object({
  errors: z.array(z.object({ message: z.string(), extensions: z.looseObject({}) })).optional(),
});

/** An answer with JSON. */
export interface JsonAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly errors: readonly { readonly message: string; readonly extensions: Readonly<Record<string, unknown>> }[];
}

/** Asks, or sends JSON. */
export async function ask(
  url: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<JsonAnswer> {
  const response = await fetch(url, {
    method: body === undefined ? "GET" : "POST",
    headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const json = z.looseObject({}).parse(await response.json());
  return { status: response.status, body: json, errors: Answered.parse(json).errors ?? [] };
}
