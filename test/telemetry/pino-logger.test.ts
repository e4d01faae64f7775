import { describe, expect, it } from "vitest";
import { EventQLError } from "../../src/errors.ts";
import { type LoggerOptions, createLogger } from "../../src/telemetry/pino-logger.ts";
import type { Logger } from "../../src/telemetry/logger.ts";
import { inSendSpan } from "../../src/telemetry/messaging-spans.ts";
import { CALLER, recordSpans } from "../support/recorded-spans.ts";

function recording(options: Partial<LoggerOptions> & { isTTY?: boolean } = {}): { logger: Logger; lines: string[] } {
  const { isTTY = false, ...rest } = options;
  const lines: string[] = [];
  const destination = { isTTY, write: (line: string) => lines.push(line) };
  return { logger: createLogger({ level: "info", format: "auto", destination, ...rest }), lines };
}

describe("JSON", () => {
  it("is a line with level, time, fields and message", () => {
    const { logger, lines } = recording();
    logger.info({ topic: "t" }, "hello");
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      level: "info",
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      topic: "t",
      msg: "hello",
    });
  });

  it("has an error's message, and its code", () => {
    const { logger, lines } = recording();
    logger.error({ error: new EventQLError("TOPIC_NOT_FOUND", "there is none") }, "failed");
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ error: { message: "there is none", code: "TOPIC_NOT_FOUND" } });
  });

  it("adds a child's fields to its lines", () => {
    const { logger, lines } = recording();
    logger.child({ part: "kafka" }).warn({}, "slow");
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: "warn", part: "kafka", msg: "slow" });
  });
});

it("leaves out what is below its level", () => {
  const { logger, lines } = recording({ level: "warn" });
  logger.debug({}, "a");
  logger.info({}, "b");
  logger.warn({}, "c");
  expect(lines).toHaveLength(1);
});

it("says nothing when silent", () => {
  const { logger, lines } = recording({ level: "silent" });
  logger.error({}, "a");
  expect(lines).toEqual([]);
});

describe.each(["json", "pretty"] as const)("secrets as %s", (format) => {
  it.each([
    { password: "hush", kafka: { sasl: "hush" }, a: { headers: { authorization: "hush" } } },
    { "x-api-key": "hush", headers: { "x-api-key": "hush", Authorization: "hush", "set-cookie": ["hush"] } },
    { config: { security: { jwt: { key: "hush" }, apiKeys: [{ key: "hush" }] } } },
    { url: "mongodb://ann:hush@localhost/db", error: "no answer from http://ann:hush@registry" },
  ])("are hidden in the fields %j", (fields) => {
    const { logger, lines } = recording({ format });
    logger.info(fields, "x");
    logger.child(fields).info({}, "x");
    expect(lines.join("")).not.toContain("hush");
    expect(lines.join("")).toContain("***");
  });

  it("are hidden in messages, and in errors: of those only message, code, stack and causes are told", () => {
    const { logger, lines } = recording({ format });
    const cause = new TypeError("mongodb://ann:hush@h1,h2/db can't be reached");
    const request = { config: { headers: { Authorization: "hush" } }, document: { firstname: "Ann Lee" } };
    const error = Object.assign(new Error("of http://ann:hush@registry", { cause }), request, { code: "ECONNREFUSED" });
    logger.error({ error }, "with a Bearer hush.hush.hush");
    const text = lines.join("");
    expect(text).not.toMatch(/hush|Ann Lee/);
    for (const told of ["http://***@registry", "mongodb://***@h1,h2/db", "TypeError", "ECONNREFUSED"])
      expect(text).toContain(told);
  });
});

async function warnAfter(logger: Logger, event: Promise<void>): Promise<void> {
  await event;
  logger.warn({}, "later");
}

describe("in a span", () => {
  it("a line has its ids, until the span ends", async () => {
    const { logger, lines } = recording();
    const tracing = recordSpans();
    const ended = Promise.withResolvers<void>();
    let later: Promise<void> | undefined;
    const send = { topic: "t", eventId: "e1", parent: CALLER.traceparent };
    await inSendSpan(tracing.tracer, send, async () => {
      logger.child({ part: "kafka" }).warn({}, "slow");
      later = warnAfter(logger, ended.promise);
    });
    ended.resolve();
    await later;
    logger.warn({}, "outside");
    const spanId = tracing.spans()[0]?.spanContext().spanId;
    const ids = lines.map((line) => JSON.parse(line)).map(({ msg, trace_id, span_id }) => [msg, trace_id, span_id]);
    expect(ids).toEqual([
      ["slow", CALLER.traceId, spanId],
      ["later", undefined, undefined],
      ["outside", undefined, undefined],
    ]);
    await tracing.shutdown();
  });
});

it("is pretty on a terminal, and where asked", () => {
  for (const options of [{ isTTY: true }, { format: "pretty" as const }]) {
    const { logger, lines } = recording(options);
    logger.info({ topic: "t" }, "hello");
    expect(lines.join("")).toMatch(/INFO.*hello/);
  }
});
