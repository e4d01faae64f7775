import { describe, expect, it } from "vitest";
import { isEventQLError } from "../../src/errors.ts";
import { chooseWay, type Situation } from "../../stack/way.ts";

const able: Situation = { nativeMissing: [], cacheFull: false, dockerMissing: undefined };
const noNative = ["Java 17 or newer", "Maven"];
const noDocker = "no Docker engine answers";

describe("the way to run the real servers", () => {
  it("is native if nothing needs to be fetched for that, even where Docker answers", () => {
    expect(chooseWay({ ...able, cacheFull: true })).toBe("native");
  });

  it("is Docker if its engine answers and the cache isn't full", () => {
    expect(chooseWay(able)).toBe("docker");
  });

  it("is native with downloads where no Docker engine answers", () => {
    expect(chooseWay({ ...able, dockerMissing: noDocker })).toBe("native");
  });

  it("is Docker where the cache is full but the servers can't run natively", () => {
    expect(chooseWay({ ...able, cacheFull: true, nativeMissing: noNative })).toBe("docker");
  });

  it("is the one that the user wants", () => {
    expect(chooseWay(able, "native")).toBe("native");
    expect(chooseWay({ ...able, cacheFull: true }, "docker")).toBe("docker");
  });

  it("is none where both lack something, and each is named", () => {
    const choose = (): unknown => chooseWay({ nativeMissing: noNative, cacheFull: false, dockerMissing: noDocker });
    expect(choose).toThrow(/natively: missing Java 17 or newer; Maven\n {2}by Docker: no Docker engine answers\n/);
    expect(choose).toThrow(/KAFKA_BROKERS, SCHEMA_REGISTRY_URL, MONGODB_URL/);
    expect(choose).toThrow(expect.toSatisfy((error) => isEventQLError(error, "STACK_UNAVAILABLE")));
  });

  it("isn't replaced by another than the one that the user wants", () => {
    const choose = (): unknown => chooseWay({ ...able, dockerMissing: noDocker }, "docker");
    expect(choose).toThrow(/by Docker: no Docker engine answers/);
    expect(choose).not.toThrow(/natively/);
  });
});
