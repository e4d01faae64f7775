import { describe, expect, it } from "vitest";
import { parseContainers } from "../../stack/docker.ts";

const kafka = {
  ID: "0123456789abcdef",
  Service: "kafka",
  State: "running",
  Publishers: [
    { URL: "", TargetPort: 9093, PublishedPort: 0, Protocol: "tcp" },
    { URL: "127.0.0.1", TargetPort: 9092, PublishedPort: 9192, Protocol: "tcp" },
  ],
};
const mongo = { ID: "ab", Service: "mongo", State: "running", Publishers: [{ PublishedPort: 27_017 }] };

describe("the containers that docker compose ps prints", () => {
  const expected = [
    { server: "kafka", id: "0123456789ab", port: 9192 },
    { server: "mongo", id: "ab", port: 27_017 },
  ];

  it("are read from one object a line", () => {
    expect(parseContainers(`${JSON.stringify(kafka)}\n${JSON.stringify(mongo)}\n`)).toEqual(expected);
  });

  it("are read from one array", () => {
    expect(parseContainers(JSON.stringify([kafka, mongo]))).toEqual(expected);
  });

  it("are left out if they don't run, publish nothing, or aren't servers", () => {
    const others = [
      { ...kafka, State: "exited" },
      { ...kafka, Publishers: null },
      { ...kafka, Service: "gateway" },
    ];
    expect(parseContainers(JSON.stringify(others))).toEqual([]);
    expect(parseContainers("")).toEqual([]);
  });
});
