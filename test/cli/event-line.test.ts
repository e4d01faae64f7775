import { describe, expect, it } from "vitest";
import { readLine, readPayload } from "../../src/cli/event-line.ts";

const none = { schema: undefined, keyField: undefined };

describe("a line", () => {
  it("names key, event type and payload", () => {
    expect(readLine('{"key":"k","schema":"S","value":{"a":1}}', none)).toEqual({
      key: "k",
      schema: "S",
      value: { a: 1 },
      keyField: undefined,
    });
  });

  it("leaves the event type to the flag, and the key to be made", () => {
    expect(readLine('{"value":{}}', { ...none, schema: "S" })).toMatchObject({ key: undefined, schema: "S" });
    expect(readLine('{"schema":"T","value":{}}', { ...none, schema: "S" })).toMatchObject({ schema: "T" });
  });

  it("is a tombstone with the value null", () => {
    expect(readLine('{"key":"k","value":null}', none)).toMatchObject({ key: "k", value: null });
    expect(() => readLine('{"value":null}', none)).toThrow("needs a key");
  });

  it("is a payload alone where a field holds the key", () => {
    const shape = { schema: "S", keyField: "uid" };
    expect(readLine('{"uid":7,"a":1}', shape)).toEqual({
      key: "7",
      schema: "S",
      value: { uid: 7, a: 1 },
      keyField: "uid",
    });
    expect(() => readLine('{"a":1}', shape)).toThrow("in its field uid");
    expect(() => readLine('{"uid":{}}', shape)).toThrow("in its field uid");
  });

  it.each(["{", "1", "[]", '{"a":1}', '{"value":3}', '{"key":1,"value":{}}', '{"value":{},"kye":"x"}'])(
    "is refused as %s",
    (line) => {
      expect(() => readLine(line, none)).toThrow(expect.objectContaining({ code: "BAD_USER_INPUT" }));
    },
  );
});

it("keeps whole numbers beyond 2⁵³ exact", () => {
  const { value } = readPayload('{"big":9007199254740993,"small":-3,"real":1.5e300}', none);
  expect(value).toEqual({ big: "9007199254740993", small: -3, real: 1.5e300 });
});
