import { describe, expect, it } from "vitest";
import { EventQLError } from "../../src/errors.ts";
import { type LoggerOptions, createLogger } from "../../src/telemetry/pino-logger.ts";
import type { Logger } from "../../src/telemetry/logger.ts";

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

it.each(["json", "pretty"] as const)("hides secrets as %s", (format) => {
  const { logger, lines } = recording({ format });
  logger.info({ password: "hush", kafka: { sasl: "hush" }, a: { headers: { authorization: "hush" } } }, "x");
  expect(lines.join("")).not.toContain("hush");
  expect(lines.join("")).toContain("***");
});

it("is pretty on a terminal, and where asked", () => {
  for (const options of [{ isTTY: true }, { format: "pretty" as const }]) {
    const { logger, lines } = recording(options);
    logger.info({ topic: "t" }, "hello");
    expect(lines.join("")).toMatch(/INFO.*hello/);
  }
});
