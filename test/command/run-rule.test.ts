import { describe, expect, test } from "vitest";
import { type RuleQuestion, type Ruling, runRule } from "../../src/command/run-rule.ts";
import { type Decider, event, reject } from "../../src/model/decider.ts";

const question: RuleQuestion = {
  state: { total: 1 },
  payload: { by: 2 },
  context: { id: "a", version: 3, commandId: "c", now: new Date(0) },
};

function ruling(rule: Decider["decide"][string]): Ruling {
  return runRule({ aggregate: "Value", decide: { Change: rule } }, { name: "Change" }, question);
}

/** As a rule that was written without types. */
function untyped(said: unknown): Ruling {
  return ruling(Function.prototype.bind.call(() => said, undefined));
}

describe("a rule", () => {
  test("is given the state, the command and the context, and leads to events", () => {
    const said = ruling((state, payload, { id, version }) => [
      event("Changed", { id, version: version ?? null, ...state, ...payload }),
    ]);
    expect(said).toEqual({ events: [{ type: "Changed", payload: { id: "a", version: 3, total: 1, by: 2 } }] });
  });

  test("may find nothing to do", () => {
    expect(ruling(() => [])).toEqual({ events: [] });
  });

  test("may refuse, with a message or without", () => {
    expect(ruling(() => reject("NO", "Not now."))).toEqual({ rejection: { code: "NO", message: "Not now." } });
    expect(ruling(() => reject("NO"))).toEqual({ rejection: { code: "NO", message: "The command is refused: NO." } });
  });
});

describe("a rule with a bug is RULE_FAILED", () => {
  test("where it throws: the log has the error, the client doesn't", () => {
    const error = new TypeError("secret of another document");
    const said = ruling(() => {
      throw error;
    });
    expect(said).toMatchObject({ rejection: { code: "RULE_FAILED" }, error });
    expect(JSON.stringify(said)).not.toContain("secret");
  });

  test.each([
    ["nothing", undefined],
    ["null", null],
    ["a number", 7],
    ["an event outside a list", event("Changed", {})],
    ["a list of something else", [event("Changed", {}), { type: "Changed" }]],
    ["an event whose payload is a list", [{ type: "Changed", payload: [] }]],
    ["an event whose payload is null", [{ type: "Changed", payload: null }]],
    ["an event whose type is no text", [{ type: 7, payload: {} }]],
    ["a refusal without a code", { rejected: "" }],
    ["a refusal whose code is no text", { rejected: 7 }],
  ])("where it returns %s", (_what, said) => {
    expect(untyped(said)).toMatchObject({ rejection: { code: "RULE_FAILED" }, error: expect.anything() });
  });

  test("where it returns a promise, which may fail later without harm", async () => {
    expect(untyped(Promise.reject(new TypeError("later")))).toMatchObject({
      rejection: { code: "RULE_FAILED" },
      error: expect.stringContaining("promise"),
    });
    await Promise.resolve();
  });

  test("where it is missing, whatever objects inherit", () => {
    for (const name of ["Other", "constructor", "toString"]) {
      const said = runRule({ aggregate: "Value", decide: {} }, { name }, question);
      expect(said).toMatchObject({ rejection: { code: "RULE_FAILED" } });
    }
  });
});
