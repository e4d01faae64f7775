import { once } from "node:events";
import { type Server, createServer } from "node:http";
import type { JWK } from "jose";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createAuthenticator } from "../../src/security/create-authenticator.ts";
import type { Authenticate } from "../../src/security/authenticate.ts";
import { type IssuerKey, authOf, issuerKey, sign } from "./support/tokens.ts";

/** A server that publishes keys; the test says which, or what else it answers. */
interface KeyServer {
  readonly url: string;
  answer: { keys?: readonly JWK[]; status?: number; body?: string; hangs?: boolean };
  requests: number;
  stop(): Promise<void>;
}

async function keyServer(...keys: readonly JWK[]): Promise<KeyServer> {
  const http: Server = createServer((_request, response) => {
    server.requests += 1;
    const { keys: published = [], status = 200, body, hangs } = server.answer;
    if (hangs !== true) response.writeHead(status).end(body ?? JSON.stringify({ keys: published }));
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const address = http.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const stop = async (): Promise<void> => {
    http.closeAllConnections();
    await new Promise((done) => http.close(done));
  };
  const server: KeyServer = { url: `http://127.0.0.1:${port}/jwks`, answer: { keys }, requests: 0, stop };
  onTestFinished(stop);
  return server;
}

let first: IssuerKey;
let second: IssuerKey;

beforeAll(async () => {
  [first, second] = await Promise.all([issuerKey("ES256", "first"), issuerKey("ES256", "second")]);
});

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const asks = (server: KeyServer, cooldownMs: number): Authenticate =>
  createAuthenticator(authOf({ jwt: { jwksUrl: server.url } }), { cooldownMs, timeoutMs: 200 });

describe("the issuer's published keys", () => {
  it("are fetched once, for tokens that come together too", async () => {
    const server = await keyServer(first.jwk, second.jwk);
    const authenticate = asks(server, 30_000);
    const tokens = [await sign(first), await sign(second), await sign(first)];
    const identities = await Promise.all(tokens.map(async (token) => await authenticate(bearer(token))));
    expect(identities.map(({ role }) => role)).toEqual(["reader", "reader", "reader"]);
    await authenticate(bearer(await sign(second)));
    expect(server.requests).toBe(1);
  });

  it("are fetched anew for a key that is not among them: the issuer may have a new one", async () => {
    const server = await keyServer(first.jwk);
    const authenticate = asks(server, 0);
    await authenticate(bearer(await sign(first)));
    server.answer = { keys: [second.jwk] };
    expect(await authenticate(bearer(await sign(second)))).toMatchObject({ role: "reader" });
    await expect(authenticate(bearer(await sign(first)))).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  });

  it("are not fetched for each token of an unknown key", async () => {
    const server = await keyServer(first.jwk);
    const authenticate = asks(server, 30_000);
    await authenticate(bearer(await sign(first)));
    const foreign = await sign(second);
    for (let times = 0; times < 5; times += 1)
      await expect(authenticate(bearer(foreign))).rejects.toThrow("signed with a key that its issuer doesn't publish");
    expect(server.requests).toBe(1);
  });

  it("are tried one by one where the token doesn't name its key", async () => {
    const { kid: _first, ...unnamed } = first.jwk;
    const { kid: _second, ...other } = second.jwk;
    const authenticate = asks(await keyServer(other, unnamed), 30_000);
    expect(await authenticate(bearer(await sign({ ...first, jwk: unnamed })))).toMatchObject({ role: "reader" });
    const foreign = { ...(await issuerKey("ES256")) };
    await expect(authenticate(bearer(await sign(foreign)))).rejects.toThrow("has a signature that isn't its issuer's");
  });
});

describe("a key server that fails", () => {
  it.each([
    ["is away", async (server: KeyServer) => await server.stop()],
    ["answers an error", async (server: KeyServer) => void (server.answer = { status: 503 })],
    ["answers no keys", async (server: KeyServer) => void (server.answer = { body: '{"hello":1}' })],
    ["answers no JSON", async (server: KeyServer) => void (server.answer = { body: "<html>" })],
    ["redirects", async (server: KeyServer) => void (server.answer = { status: 302 })],
    ["takes too long", async (server: KeyServer) => void (server.answer = { hangs: true })],
  ])("%s: it is no fault of the token, which may be sent again", async (_what, fail) => {
    const server = await keyServer(first.jwk);
    const authenticate = asks(server, 0);
    await fail(server);
    const error: unknown = await authenticate(bearer(await sign(first))).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "NOT_READY", retriable: true });
  });

  it("is not missed while its keys are known, and found when it is back", async () => {
    const server = await keyServer(first.jwk);
    const authenticate = asks(server, 0);
    await authenticate(bearer(await sign(first)));
    server.answer = { status: 503 };
    expect(await authenticate(bearer(await sign(first)))).toMatchObject({ role: "reader" });
    await expect(authenticate(bearer(await sign(second)))).rejects.toMatchObject({ code: "NOT_READY" });
    server.answer = { keys: [first.jwk, second.jwk] };
    expect(await authenticate(bearer(await sign(second)))).toMatchObject({ role: "reader" });
  });
});
