import { describe, expect, it } from "vitest";
import { endingOf } from "../../../src/cli/watch/ending.ts";

function refusal(code: string, cursor?: string): readonly object[] {
  return [{ message: "why", extensions: { code, ...(cursor === undefined ? {} : { details: { cursor } }) } }];
}

describe("what ended a subscription", () => {
  it.each([
    ["a lost connection", new TypeError("gone"), { kind: "lost", cursor: undefined }],
    ["a server that is away", { code: 1006, reason: "" }, { kind: "lost", cursor: undefined }],
    ["a server that stops", refusal("SHUTTING_DOWN", "c"), { kind: "lost", cursor: "c" }],
    ["a server that stops before it has begun", refusal("SHUTTING_DOWN"), { kind: "lost", cursor: undefined }],
    ["a slow reader", refusal("SUBSCRIBER_TOO_SLOW", "c"), { kind: "lost", cursor: "c" }],
    ["rights that have changed", refusal("FORBIDDEN", "c"), { kind: "lost", cursor: "c" }],
    ["columns that have changed", refusal("PROJECTION_CHANGED", "c"), { kind: "lost", cursor: "c" }],
    ["a cursor that has expired", refusal("CURSOR_EXPIRED"), { kind: "expired" }],
  ])("goes on after %s", (_what, error, ending) => {
    expect(endingOf(error)).toEqual(ending);
  });

  it.each([
    ["no rights", refusal("FORBIDDEN"), "FORBIDDEN", "why"],
    ["an expired token", refusal("TOKEN_EXPIRED", "c"), "TOKEN_EXPIRED", "why"],
    ["a wrong request", refusal("BAD_USER_INPUT"), "BAD_USER_INPUT", "why"],
    ["a code of another version", refusal("NEW_CODE"), "BAD_USER_INPUT", "why"],
    ["a refused proof", { code: 4403, reason: "UNAUTHENTICATED: bad: token" }, "UNAUTHENTICATED", "bad: token"],
    ["a proxy that refuses", { code: 4403, reason: "Forbidden" }, "BAD_USER_INPUT", "Forbidden"],
  ])("gives up for %s", (_what, error, code, message) => {
    expect(endingOf(error)).toMatchObject({ kind: "refused", error: { code, message } });
  });
});
