import { MongoServerError } from "mongodb";
import { expect, it } from "vitest";
import { toChangeError, toReadModelError } from "../../../src/read-model/mongodb/mongo-error.ts";

it("counts what a socket reports as a store that is away", () => {
  const ended = Object.assign(new Error("This socket has been ended by the other party"), { code: "EPIPE" });
  expect(toReadModelError(ended)).toMatchObject({ code: "READ_MODEL_UNAVAILABLE", retriable: true });
});

it("doesn't excuse a mistake of ours as one", () => {
  expect(toReadModelError(new TypeError("undefined is not a function"))).toMatchObject({ code: "INTERNAL" });
});

it.each([
  ["a pipeline needs too much memory", 146, "LIMIT_EXCEEDED"],
  ["its time zones are older than ours", 40_485, "BAD_USER_INPUT"],
])("tells whoever asked where %s", (_why, code, expected) => {
  const error = new MongoServerError({ message: "refused", code });
  expect(toReadModelError(error)).toMatchObject({ code: expected, retriable: false });
});

it.each([
  ["its history is gone", 286],
  ["it fell behind the oplog", 136],
  ["it can't find its place", 280],
  ["an event is larger than a message", 10_334],
])("tells that a cursor has expired where a change stream can't go on, as %s", (_why, code) => {
  const error = new MongoServerError({ message: "the stream ended", code });
  expect(toChangeError(error)).toMatchObject({ code: "CURSOR_EXPIRED", retriable: false });
});

it("counts a server that steps down as away for a change stream too", () => {
  const error = new MongoServerError({ message: "stepping down", code: 189 });
  expect(toChangeError(error)).toMatchObject({ code: "READ_MODEL_UNAVAILABLE", retriable: true });
});
