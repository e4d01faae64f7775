import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import type { AuthConfig } from "../../src/security/auth-config.ts";
import { createAuthenticator } from "../../src/security/create-authenticator.ts";
import { type IssuerKey, authOf, issuerKey, sign } from "./support/tokens.ts";

const KEY = "the-key-of-the-importer";
const HASHED = "the-key-of-the-reports";
const apiKeys = [
  { name: "importer", role: "writer", key: KEY, claims: { region: "eu" } },
  { name: "reports", role: "reader", sha256: createHash("sha256").update(HASHED).digest("hex").toUpperCase() },
];

let issuer: IssuerKey;
let token: string;
let both: AuthConfig;

beforeAll(async () => {
  issuer = await issuerKey("ES256");
  token = await sign(issuer);
  both = authOf({ jwt: { publicKey: issuer.pem }, apiKeys });
});

describe("an API key", () => {
  it("tells whose it is, with its claims", async () => {
    const authenticate = createAuthenticator(both);
    expect(await authenticate({ headers: { "x-api-key": KEY } })).toEqual({
      role: "writer",
      claims: { sub: "importer", region: "eu" },
      expiresAt: undefined,
    });
    expect(await authenticate({ headers: { "x-api-key": HASHED } })).toMatchObject({ claims: { sub: "reports" } });
  });

  it.each([`${KEY}x`, KEY.slice(1), KEY.toUpperCase(), createHash("sha256").update(HASHED).digest("hex"), "é"])(
    "is refused where it is none: %s",
    async (key) => {
      const answer = createAuthenticator(both)({ headers: { "x-api-key": key } });
      await expect(answer).rejects.toMatchObject({
        code: "UNAUTHENTICATED",
        message: "The API key is none of those that are configured.",
      });
    },
  );
});

describe("a proof", () => {
  it.each([
    ["a header", () => ({ headers: { authorization: `Bearer ${token}` } })],
    ["a header whose scheme is written otherwise", () => ({ headers: { authorization: `bearer  ${token}` } })],
    [
      "what a WebSocket's client sends",
      () => ({ headers: {}, connectionParams: { Authorization: `Bearer ${token}` } }),
    ],
    [
      "both, alike",
      () => ({
        headers: { authorization: `Bearer ${token}` },
        connectionParams: { authorization: `Bearer ${token}` },
      }),
    ],
  ])("is taken from %s", async (_what, credentials) => {
    expect(await createAuthenticator(both)(credentials())).toMatchObject({ role: "reader", claims: { sub: "ann" } });
  });

  it("is an API key in what a WebSocket's client sends, in any letter case", async () => {
    const connectionParams = { "X-API-Key": KEY, other: 1 };
    expect(await createAuthenticator(both)({ headers: {}, connectionParams })).toMatchObject({ role: "writer" });
  });

  it.each([
    ["a token and an API key", () => ({ authorization: `Bearer ${token}`, "x-api-key": KEY }), undefined],
    ["two tokens", () => ({ authorization: `Bearer ${token}` }), { authorization: "Bearer other" }],
    ["two API keys", () => ({ "x-api-key": KEY }), { "x-api-key": HASHED }],
  ])("is refused beside another: %s", async (_what, headers, connectionParams) => {
    const answer = createAuthenticator(both)({ headers: headers(), connectionParams });
    await expect(answer).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
      message: expect.stringMatching(/^More than one proof/),
    });
  });

  it.each([
    ["Basic YW5uOnB3", {}],
    ["Bearer", {}],
    ["Bearer a b", {}],
    ["", {}],
    [undefined, { authorization: 7 }],
    [undefined, { "x-api-key": {} }],
    [undefined, { "x-api-key": " " }],
  ])("is refused where it is malformed: %j %j", async (authorization, connectionParams) => {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    const answer = createAuthenticator(both)({ headers, connectionParams });
    await expect(answer).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
      message: expect.stringMatching(/^What was sent as/),
    });
  });

  it("of a kind that isn't configured is refused, and what is taken is named", async () => {
    const keysOnly = createAuthenticator(authOf({ apiKeys }));
    await expect(keysOnly({ headers: { authorization: `Bearer ${token}` } })).rejects.toThrow(
      "Tokens aren't taken here: send x-api-key: <key>.",
    );
    const tokensOnly = createAuthenticator(authOf({ jwt: { publicKey: issuer.pem } }));
    await expect(tokensOnly({ headers: { "x-api-key": KEY } })).rejects.toThrow(
      "API keys aren't taken here: send authorization: Bearer <token>.",
    );
  });
});

describe("who presents nothing", () => {
  it("is anonymous, a role like others", async () => {
    const anonymous = { role: "visitor", claims: {}, expiresAt: undefined };
    const authenticate = createAuthenticator({ ...both, anonymousRole: "visitor" });
    expect(await authenticate({ headers: {} })).toEqual(anonymous);
    expect(await authenticate({ headers: { accept: "x" }, connectionParams: { authorization: null } })).toEqual(
      anonymous,
    );
  });

  it("is refused where a proof is required", async () => {
    await expect(createAuthenticator({ ...both, required: true })({ headers: {} })).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
      message: "No proof of identity was sent: send authorization: Bearer <token> or x-api-key: <key>.",
    });
  });
});
