import { GraphQLError } from "graphql";
import { describe, expect, it } from "vitest";
import { EventQLError } from "../../src/errors.ts";
import { createMaskError } from "../../src/graphql/errors.ts";
import { type LogFields, type Logger, silentLogger } from "../../src/telemetry/logger.ts";

function masking(): { mask: ReturnType<typeof createMaskError>; logged: LogFields[] } {
  const logged: LogFields[] = [];
  const logger: Logger = { ...silentLogger, error: (fields) => void logged.push(fields) };
  return { mask: createMaskError(logger), logged };
}

describe("an error on its way out", () => {
  it("of our own keeps its message, and gets its code, whether to retry, and its details", () => {
    const { mask, logged } = masking();
    const error = new EventQLError("LIMIT_EXCEEDED", "too much", { details: { maximum: 5 } });
    expect(mask(error).toJSON()).toEqual({
      message: "too much",
      extensions: { code: "LIMIT_EXCEEDED", retriable: false, details: { maximum: 5 } },
    });
    expect(logged).toEqual([]);
  });

  it("of our own keeps its path when GraphQL has wrapped it", () => {
    const { mask } = masking();
    const originalError = new EventQLError("READ_MODEL_UNAVAILABLE", "away");
    expect(mask(new GraphQLError("away", { originalError, path: ["users", 0] })).toJSON()).toEqual({
      message: "away",
      path: ["users", 0],
      extensions: { code: "READ_MODEL_UNAVAILABLE", retriable: true },
    });
  });

  it("of GraphQL itself is bad input, unless it has a code, and keeps its HTTP status", () => {
    const { mask } = masking();
    expect(mask(new GraphQLError("no such field")).extensions).toEqual({ code: "BAD_USER_INPUT" });
    expect(
      mask(new GraphQLError("too deep", { extensions: { code: "LIMIT_EXCEEDED", http: { status: 400 } } })).extensions,
    ).toEqual({
      code: "LIMIT_EXCEEDED",
      http: { status: 400 },
    });
  });

  it.each([
    new TypeError("secret"),
    "secret",
    undefined,
    new GraphQLError("secret", { originalError: new TypeError("secret"), path: ["a"] }),
  ])("that nobody expected shows nothing but the id of its log line", (error) => {
    const { mask, logged } = masking();
    const masked = mask(error);
    const { code, errorId } = masked.extensions;
    expect(code).toBe("INTERNAL");
    expect(masked.message).toBe(`Unexpected error (id ${String(errorId)}).`);
    expect(JSON.stringify(masked)).not.toContain("secret");
    expect(logged).toMatchObject([{ errorId, error: error === undefined ? "undefined" : "secret" }]);
  });

  it("that is internal shows no driver's words, but where to go on", () => {
    const { mask, logged } = masking();
    const details = { cursor: "there" };
    const masked = mask(new EventQLError("INTERNAL", "MongoDB refused a request: secret", { details }));
    const { errorId } = masked.extensions;
    expect(masked.message).toBe(`Unexpected error (id ${String(errorId)}).`);
    expect(masked.extensions).toMatchObject({ code: "INTERNAL", details });
    expect(logged).toMatchObject([{ errorId, error: "MongoDB refused a request: secret" }]);
  });

  it("is the same when it goes out twice", () => {
    const { mask, logged } = masking();
    const once = mask(new TypeError("secret"));
    expect(mask(once).toJSON()).toEqual(once.toJSON());
    expect(logged).toHaveLength(1);
  });
});
