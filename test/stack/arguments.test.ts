import { describe, expect, it } from "vitest";
import { parseArguments } from "../../stack/arguments.ts";

const noPorts = { kafka: undefined, registry: undefined, mongo: undefined };

describe("the arguments of npm run stack", () => {
  it("reads up without options", () => {
    expect(parseArguments(["up"])).toEqual({ command: "up", ports: noPorts, way: undefined });
  });

  it("reads a port for each server and the way", () => {
    const argv = ["up", "--kafka-port", "0", "--registry-port=8082", "--mongo-port", "27018", "--way", "docker"];
    const ports = { kafka: 0, registry: 8082, mongo: 27_018 };
    expect(parseArguments(argv)).toEqual({ command: "up", ports, way: "docker" });
  });

  it("reads status and down", () => {
    expect(parseArguments(["status"])).toEqual({ command: "status" });
    expect(parseArguments(["down"])).toEqual({ command: "down", deleteData: false });
    expect(parseArguments(["down", "--delete-data"])).toEqual({ command: "down", deleteData: true });
  });

  it.each([["--help"], ["-h"], ["up", "--help"]])("answers %s %s with help", (...argv) => {
    const asked = parseArguments(argv);
    expect(asked).toMatchObject({ command: "help", text: expect.stringContaining("Usage: npm run stack --") });
  });

  it.each([
    { argv: [], says: "Commands:" },
    { argv: ["dwn"], says: "Did you mean down?" },
    { argv: ["up", "--kafka-prt", "1"], says: "Did you mean --kafka-port?" },
    { argv: ["up", "--kafka-port", "65536"], says: "A port is a whole number from 0 to 65535." },
    { argv: ["up", "--mongo-port", "abc"], says: "A port is a whole number from 0 to 65535." },
    { argv: ["up", "--mongo-port", ""], says: "A port is a whole number from 0 to 65535." },
    { argv: ["up", "--way", "vm"], says: "Allowed choices are native, docker" },
    { argv: ["status", "extra"], says: "too many arguments" },
  ])("refuses $argv and says what is right", ({ argv, says }) => {
    expect(parseArguments(argv)).toMatchObject({ command: "wrong", text: expect.stringContaining(says) });
  });
});
