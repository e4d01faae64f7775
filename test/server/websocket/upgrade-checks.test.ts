import { expect, it } from "vitest";
import { allowAll } from "../../../src/security/authorize.ts";
import { startTiny } from "../tiny-server.ts";
import { openAcknowledged, openRaw, refusedUpgrade } from "./sockets.ts";

it.each(["https://evil.example", "http://localhost.evil.example", "null", "http://127.0.0.1.evil.example"])(
  "refuses pages of %s",
  async (origin) => {
    const answer = await refusedUpgrade(await startTiny(), { origin });
    expect(answer).toMatchObject({
      status: 403,
      body: { errors: [{ message: expect.stringContaining(origin), extensions: { code: "FORBIDDEN" } }] },
    });
  },
);

it.each([
  ["programs that are no browser", {}],
  ["pages of localhost", { origin: "http://localhost:3000" }],
  ["pages of ::1", { origin: "http://[::1]:8080" }],
])("lets %s connect", async (_who, options) => {
  expect((await openAcknowledged(await startTiny(), options)).socket.protocol).toBe("graphql-transport-ws");
});

it.each([
  ["http://api.example", "api.example"],
  ["https://api.example", "api.example:443"],
  ["https://API.example:8443", "api.example:8443"],
])("lets pages of its own host connect: %s at %s", async (origin, host) => {
  const { socket } = await openRaw(await startTiny({ authorize: allowAll }), { origin, headers: { host } });
  expect(socket.readyState).toBe(socket.OPEN);
});

it.each([
  ["http://api.example", "api.example:8080"],
  ["https://api.example", "other.example"],
])("does not take %s for a page of %s", async (origin, host) => {
  const answer = await refusedUpgrade(await startTiny({ authorize: allowAll }), { origin, headers: { host } });
  expect(answer.status).toBe(403);
});

it("refuses a foreign Host where everyone is trusted, as a page with a rebound name sends it", async () => {
  const headers = { host: "evil.example" };
  const answer = await refusedUpgrade(await startTiny(), { origin: "http://evil.example", headers });
  expect(answer).toMatchObject({
    status: 403,
    body: { errors: [{ message: expect.stringContaining("localhost only") }] },
  });
});

it.each([
  ["another subprotocol", { protocols: ["graphql-ws"] }, 400, "graphql-transport-ws"],
  ["no subprotocol", { protocols: [] }, 400, "graphql-transport-ws"],
  ["another path", { path: "/healthz" }, 404, "/graphql"],
])("refuses %s", async (_what, options, status, message) => {
  const answer = await refusedUpgrade(await startTiny(), options);
  expect(answer).toMatchObject({
    status,
    body: { errors: [{ message: expect.stringContaining(message), extensions: { code: "BAD_USER_INPUT" } }] },
  });
});

it("picks its subprotocol among several", async () => {
  const answer = await refusedUpgrade(await startTiny(), { protocols: ["soap", "mqtt"] });
  expect(answer.status).toBe(400);
});

it("names the request in its refusal", async () => {
  const answer = await refusedUpgrade(await startTiny(), {
    origin: "https://evil.example",
    headers: { "x-request-id": "r-1" },
  });
  expect(answer.headers["x-request-id"]).toBe("r-1");
});

it("answers a request for another upgrade as if it had not been asked", async () => {
  const url = await startTiny();
  const { request } = await import("node:http");
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  request(`${url}/healthz`, { headers: { connection: "upgrade", upgrade: "h2c" } }, (response) => {
    response.resume();
    resolve(response.statusCode);
  })
    .once("error", reject)
    .end();
  expect(await promise).toBe(200);
});
