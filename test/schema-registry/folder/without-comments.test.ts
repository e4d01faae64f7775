import fc from "fast-check";
import { expect, it } from "vitest";
import { withoutComments } from "../../../src/schema-registry/folder/without-comments.ts";

it("takes comments out of a schema, and leaves texts that look like some", () => {
  const text = `/* Licensed to you,
 * "as it is". */
{"type": "record", // an event
 "name": "A", "doc": "http://x.y /* no comment */ \\\\", /**/ "fields": [] } // end`;
  expect(JSON.parse(withoutComments(text))).toEqual({
    type: "record",
    name: "A",
    doc: "http://x.y /* no comment */ \\",
    fields: [],
  });
});

it("leaves everything where it was", () => {
  const text = '/* a\nb */ {"a": 1}';
  expect(withoutComments(text)).toBe('    \n     {"a": 1}');
});

it("leaves all JSON as it is", () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      expect(withoutComments(json)).toBe(json);
    }),
  );
});
