import { describe, expect, it } from "vitest";
import { gatherCatalog } from "../../src/catalog/gather.ts";
import type { Catalog } from "../../src/catalog/types.ts";
import type { Appended, Appender } from "../../src/command/appender.ts";
import { EventQLError } from "../../src/errors.ts";
import { appendSample } from "../../src/sample/append-sample.ts";
import { SAMPLE_USERS, sampleEvents } from "../../src/sample/appuser.ts";
import { openEmbeddedRegistry } from "../../src/schema-registry/embedded/embedded-registry.ts";
import { registerFolder } from "../../src/schema-registry/register-folder.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { join } from "node:path";

async function exampleCatalog(): Promise<Catalog> {
  const folder = await temporaryFolder();
  const registry = openEmbeddedRegistry({ file: join(folder.path, "registry.db") });
  await registerFolder(registry, join(import.meta.dirname, "../../schemas"));
  const catalog = await gatherCatalog(registry);
  await registry.close();
  await folder.remove();
  return catalog;
}

function recordingAppender(): Appender & { readonly appended: string[] } {
  const appended: string[] = [];
  const record = async (id: string, what: string): Promise<Appended> => {
    appended.push(`${id.slice(-1)} ${what}`);
    const position = { topic: "appuser", partition: 0, offset: 0 };
    return await Promise.resolve({ id, eventId: "e", position, receipt: "r" });
  };
  return {
    appended,
    append: async ({ id = "", eventType }) => await record(id, eventType.name),
    appendTombstone: async (_aggregate, id) => await record(id, "deleted"),
  };
}

const waiter = { wait: async (): Promise<"PROJECTED"> => await Promise.resolve("PROJECTED" as const) };

const offsets = (high: number) => async (): Promise<readonly { low: number; high: number }[]> =>
  await Promise.resolve([
    { low: 0, high: 0 },
    { low: high, high },
  ]);

describe("the sample", () => {
  it("is appended in order to an empty topic", async () => {
    const appender = recordingAppender();
    const count = await appendSample({
      log: { offsets: offsets(0) },
      catalog: await exampleCatalog(),
      appender,
      waiter,
    });
    expect(count).toBe(sampleEvents.length);
    expect(appender.appended).toEqual([
      "1 UserChanged",
      "2 UserChanged",
      "3 UserChanged",
      "1 UserEmailChanged",
      "1 UserChanged",
      "2 UserEmailChanged",
      "2 UserEmailChanged",
      "3 UserDeactivated",
      "4 UserChanged",
      "4 deleted",
    ]);
  });

  it("leaves a topic alone that had an event, even if all have expired", async () => {
    const appender = recordingAppender();
    const count = await appendSample({
      log: { offsets: offsets(3) },
      catalog: await exampleCatalog(),
      appender,
      waiter,
    });
    expect([count, appender.appended]).toEqual([0, []]);
  });

  it("is appended even if nobody projects it in time", async () => {
    const never = {
      wait: async (): Promise<never> => await Promise.reject(new EventQLError("NOT_YET_PROJECTED", "late")),
    };
    const target = { log: { offsets: offsets(0) }, catalog: await exampleCatalog(), appender: recordingAppender() };
    expect(await appendSample({ ...target, waiter: never })).toBe(sampleEvents.length);
  });

  it("needs the topic and its schemas", async () => {
    const appender = recordingAppender();
    const missing = async (): Promise<never> => await Promise.reject(new EventQLError("TOPIC_NOT_FOUND", "none"));
    const catalog = await exampleCatalog();
    expect(await appendSample({ log: { offsets: missing }, catalog, appender, waiter })).toBe(0);
    const empty = { aggregates: [], commands: [], skipped: [], generation: 0 };
    expect(await appendSample({ log: { offsets: offsets(0) }, catalog: empty, appender, waiter })).toBe(0);
    expect(appender.appended).toEqual([]);
  });

  it("leaves three users", () => {
    const deleted = new Set(sampleEvents.filter(({ eventType }) => eventType === undefined).map(({ id }) => id));
    const left = new Set(sampleEvents.map(({ id }) => id).filter((id) => !deleted.has(id)));
    expect([...left]).toEqual([...SAMPLE_USERS]);
  });
});
