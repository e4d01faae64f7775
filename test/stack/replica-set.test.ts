import { expect, it } from "vitest";
import { initialConfiguration, movedConfiguration } from "../../stack/replica-set.ts";

it("moves the member of a replica set to another port and keeps the rest", () => {
  const before = { ...initialConfiguration("127.0.0.1:1"), version: 3, settings: { heartbeatIntervalMillis: 2000 } };
  expect(movedConfiguration(before, "127.0.0.1:2")).toEqual({
    _id: "rs0",
    version: 4,
    settings: { heartbeatIntervalMillis: 2000 },
    members: [{ _id: 0, host: "127.0.0.1:2" }],
  });
});
