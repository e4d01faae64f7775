import { expect, it } from "vitest";
import { toReadModelError } from "../../../src/read-model/mongodb/mongo-error.ts";

it("counts what a socket reports as a store that is away", () => {
  const ended = Object.assign(new Error("This socket has been ended by the other party"), { code: "EPIPE" });
  expect(toReadModelError(ended)).toMatchObject({ code: "READ_MODEL_UNAVAILABLE", retriable: true });
});

it("doesn't excuse a mistake of ours as one", () => {
  expect(toReadModelError(new TypeError("undefined is not a function"))).toMatchObject({ code: "INTERNAL" });
});
