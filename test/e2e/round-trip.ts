import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFailed, test, vi } from "vitest";
import { EventqlProcess } from "../support/gateway-process.ts";
import { type GraphQLAnswer, graphql } from "../support/graphql-client.ts";
import { LiveClient, type Received } from "../support/live-client.ts";
import { uniqueName } from "../support/real-stack.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type Case, type Sample, drawSamples, planCases } from "./round-trip/case.ts";
import type { E2EStack } from "./stacks/stack.ts";

/** How much is tried. */
interface Extent {
  readonly schemas: number;
  readonly values: number;
  /** Of what is drawn. Default: another one each time. */
  readonly seed?: number;
}

/** Selections of everything that a schema has are long. */
const LIMITS = {
  EVENTQL_LIMIT_ALIASES: "10000",
  EVENTQL_LIMIT_DEPTH: "200",
  EVENTQL_LIMIT_TOKENS: "200000",
  EVENTQL_LIMIT_COST: "1000000000",
};

/**
 * Whatever the schema and whatever the values: what a mutation is given is what queries and subscriptions show. Schemas
 * and values are random; `EVENTQL_ROUND_TRIP_SEED` repeats those of the seed in a test's title.
 */
export function roundTrips(name: string, open: (folder: string) => Promise<E2EStack>, extent: Extent): void {
  const wanted = process.env["EVENTQL_ROUND_TRIP_SEED"] ?? extent.seed;
  const seed = wanted === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(wanted);
  describe(`values of any schema on the ${name} stack, seed ${seed}`, () => {
    const topics = Array.from({ length: extent.schemas }, (_, index) => uniqueName(`round${index}`));
    const samples = drawSamples(topics, { seed, values: extent.values });
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let stack: E2EStack;
    let gateway: EventqlProcess;
    let client: LiveClient;
    let url = "";
    let cases: readonly Case[] = [];

    beforeAll(async () => {
      folder = await temporaryFolder();
      stack = await open(folder.path);
      const schemas = join(folder.path, "schemas");
      await writeSchemas(schemas, samples);
      cases = await planCases(samples);
      const flags = [...stack.args, "--schemas", schemas, "--topics", topics.join(",")];
      gateway = new EventqlProcess(["start", "--port", "0", "--create-topics", ...flags], { ...stack.env, ...LIMITS });
      url = await gateway.ready();
      client = new LiveClient(url);
    });

    afterAll(async () => {
      await client.close();
      await gateway.kill();
      await stack.close();
      await folder.remove();
    });

    test.each([...samples.keys()])(
      "those of schema %i come back as they were given",
      { timeout: 60_000 },
      async (index) => {
        const one = cases[index];
        if (one === undefined) throw new TypeError("no such schema");
        onTestFailed(() => {
          process.stderr.write(
            `seed ${seed}, schema ${index}: ${JSON.stringify(one.sample.schema)}\n${gateway.output}\n`,
          );
        });
        await checkCase(one, url, client);
        expect(gateway.output).not.toContain('"level":"error"');
      },
    );
  });
}

async function writeSchemas(folder: string, samples: readonly Sample[]): Promise<void> {
  for (const { topic, record, schema } of samples) {
    await mkdir(join(folder, topic), { recursive: true });
    await writeFile(join(folder, topic, `${record.name}.avsc`), JSON.stringify(schema));
  }
}

async function checkCase(one: Case, url: string, client: LiveClient): Promise<void> {
  const { changes: change, eventStream, documentField } = one.plan.subscription;
  const changes = client.subscribe(`subscription { ${change} { id ${documentField} ${one.documentSelection} } }`);
  const events = client.subscribe(`subscription { ${eventStream} ${one.eventSelection} }`);
  await established(one, url, [changes, events]);
  for (const [index, given] of one.sample.values.entries()) {
    const id = `key-${index}`;
    const expected = one.document(id, given);
    expect(await write(one, url, id, index)).toEqual({ status: "PROJECTED", document: expected });
    expect(await read(one, url, id)).toEqual({ one: expected, many: [expected] });
    await checkFilters(one, url, id, index);
    expect(await itemOf(changes, change, id)).toEqual({ id, [documentField]: expected });
    expect(await itemOf(events, eventStream, id)).toEqual(one.event(id, given));
  }
  changes.stop();
  events.stop();
}

/** Subscriptions begin some time after they are asked for: what comes then comes to both. */
async function established(one: Case, url: string, subscriptions: readonly Received[]): Promise<void> {
  await vi.waitFor(
    async () => {
      await write(one, url, "probe", 0);
      for (const received of subscriptions) await received.atLeast(1, 500);
    },
    { timeout: 30_000 },
  );
}

async function write(one: Case, url: string, id: string, index: number): Promise<unknown> {
  const [event] = one.plan.events;
  const { mutation = "", inputName = "", documentField = "" } = event ?? {};
  const query = `mutation ($id: ID, $input: ${inputName}!) {
    it: ${mutation}(id: $id, input: $input, timeoutMs: 20000) { status document: ${documentField} ${one.documentSelection} }
  }`;
  const input = one.input(one.sample.values[index] ?? null, index % 2 === 1);
  return dataOf(await graphql(url, query, { id, input }))["it"];
}

async function read(one: Case, url: string, id: string): Promise<unknown> {
  const { singular, plural } = one.plan;
  const query = `query ($id: ID!) {
    one: ${singular}(id: $id) ${one.documentSelection}
    many: ${plural}(where: { id: { eq: $id } }) ${one.documentSelection}
  }`;
  return dataOf(await graphql(url, query, { id }));
}

async function checkFilters(one: Case, url: string, id: string, index: number): Promise<void> {
  const { met, unmet } = one.conditions(one.sample.values[index] ?? null);
  const { plural, whereName } = one.plan;
  const query = `query ($met: ${whereName}!, $unmet: ${whereName}!) { met: ${plural}(where: $met) { id } unmet: ${plural}(where: $unmet) { id } }`;
  const own = { id: { eq: id } };
  const found = dataOf(await graphql(url, query, { met: { AND: [own, ...met] }, unmet: { ...own, OR: unmet } }));
  expect(found, JSON.stringify({ met, unmet })).toEqual({ met: [{ id }], unmet: [] });
}

/** What a subscription tells of a document. */
async function itemOf(received: Received, field: string, id: string): Promise<unknown> {
  return await vi.waitFor(
    () => {
      const items = received.items.map((item) => dataOf(answerOf(item))[field]);
      const found = items.find((item) => typeof item === "object" && item !== null && "id" in item && item.id === id);
      if (found === undefined) throw new RangeError(`nothing of ${id}: ${received.ending()}`);
      return found;
    },
    { timeout: 20_000, interval: 10 },
  );
}

function answerOf(item: unknown): GraphQLAnswer {
  return typeof item === "object" && item !== null ? item : {};
}

function dataOf({ data, errors }: GraphQLAnswer): Readonly<Record<string, unknown>> {
  if (errors !== undefined || data === null || data === undefined)
    throw new TypeError(`the gateway answered ${JSON.stringify(errors)}`);
  return data;
}
