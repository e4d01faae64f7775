import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect, it, vi } from "vitest";
import { ask, createGate, startTinyServer } from "./tiny-server.ts";

it("lets a slow request end, and closes its connection", async () => {
  const gate = createGate();
  const server = await startTinyServer({}, gate);
  const answer = ask(server.url, "{ slow }");
  await vi.waitFor(() => expect(gate.waiting).toBe(1));
  const stopped = server.stop();
  gate.open();
  expect(await answer).toEqual({ status: 200, body: { data: { slow: "done" } } });
  await stopped;
});

it("takes no new connections from the moment that it stops", async () => {
  const gate = createGate();
  const server = await startTinyServer({}, gate);
  const answer = ask(server.url, "{ slow }");
  await vi.waitFor(() => expect(gate.waiting).toBe(1));
  const stopped = server.stop();
  await expect(fetch(`${server.url}/healthz`)).rejects.toThrow("fetch failed");
  gate.open();
  await answer;
  await stopped;
});

it("closes idle connections at once", async () => {
  const server = await startTinyServer({ stopTimeoutMs: 60_000 }, createGate());
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  socket.write("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
  await once(socket, "data");
  const closed = once(socket, "close");
  await server.stop();
  expect(await closed).toEqual([false]);
});

it("is not ready for a request that was begun before it stopped", async () => {
  const server = await startTinyServer({ stopTimeoutMs: 60_000 }, createGate());
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  const received = text(socket);
  socket.write("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\nGET /readyz HTTP/1.1\r\n");
  await once(socket, "readable");
  const stopped = server.stop();
  socket.write("host: localhost\r\n\r\n");
  expect(await received).toMatch(/HTTP\/1\.1 503[^]*connection: close[^]*"reason":"stopping"/i);
  await stopped;
});

it("cuts off what does not end within its bound", async () => {
  const gate = createGate();
  const server = await startTinyServer({ stopTimeoutMs: 50 }, gate);
  const outcome = Promise.allSettled([ask(server.url, "{ slow }")]);
  await vi.waitFor(() => expect(gate.waiting).toBe(1));
  await server.stop();
  expect(await outcome).toMatchObject([{ status: "rejected", reason: { message: "fetch failed" } }]);
  gate.open();
});

it("may be stopped twice", async () => {
  const server = await startTinyServer({}, createGate());
  await Promise.all([server.stop(), server.stop()]);
  await server.stop();
  await expect(fetch(`${server.url}/healthz`)).rejects.toThrow("fetch failed");
});

it("begins no operation for a request that was begun before it stopped", async () => {
  const server = await startTinyServer({ stopTimeoutMs: 60_000 }, createGate());
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  const received = text(socket);
  const head = "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 22\r\n";
  socket.write(`GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n${head}`);
  await once(socket, "readable");
  const stopped = server.stop();
  socket.write('\r\n{"query": "{ hello }"}');
  expect(await received).toMatch(/HTTP\/1\.1 503[^]*retry-after: 1[^]*"code":"SHUTTING_DOWN"/i);
  await stopped;
});
