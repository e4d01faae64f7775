import { createHmac, generateKeyPairSync } from "node:crypto";
import { UnsecuredJWT, base64url, exportPKCS8 } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { isEventQLError, messageOf } from "../../src/errors.ts";
import type { JwtConfig } from "../../src/security/auth-config.ts";
import type { Identity } from "../../src/security/authorize.ts";
import { tokenVerifier } from "../../src/security/jwt.ts";
import { type IssuerKey, authOf, inSeconds, issuerKey, sign } from "./support/tokens.ts";

const SECRET = "0123456789abcdef0123456789abcdef";

let rsa: IssuerKey;
let ec: IssuerKey;
let edwards: IssuerKey;

beforeAll(async () => {
  [rsa, ec, edwards] = await Promise.all([issuerKey("RS256"), issuerKey("ES256"), issuerKey("EdDSA")]);
});

async function verify(token: string, jwt: Partial<JwtConfig>, known?: readonly string[]): Promise<Identity> {
  const settings = authOf({ jwt }).jwt;
  if (settings === undefined) throw new TypeError("there are settings");
  return await tokenVerifier(settings, known && new Set(known))(token);
}

async function refusal(token: string, jwt: Partial<JwtConfig>, known?: readonly string[]): Promise<string> {
  const thrown: unknown = await verify(token, jwt, known).catch((error: unknown) => error);
  if (!isEventQLError(thrown)) throw new TypeError(`not refused: ${messageOf(thrown)}`);
  expect(token.split(".").filter((part) => part.length > 4 && thrown.message.includes(part))).toEqual([]);
  expect(thrown.retriable).toBe(false);
  return `${thrown.code}: ${thrown.message}`;
}

/** Signed as the secret's owner would, whatever the bytes of the secret are. */
function hmacSigned(secret: string, claims: Readonly<Record<string, unknown>>): string {
  const part = (value: object): string => base64url.encode(JSON.stringify(value));
  const input = `${part({ alg: "HS256" })}.${part(claims)}`;
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
}

describe("a token", () => {
  it.each([
    ["an RSA key", () => rsa],
    ["an elliptic curve", () => ec],
    ["an Edwards curve", () => edwards],
  ])("is believed where it is signed with %s, known as PEM, as a JWK or as its text", async (_what, keyOf) => {
    const key = keyOf();
    const token = await sign(key, { email: "ann@example.org" });
    for (const publicKey of [key.pem, { ...key.jwk }, JSON.stringify(key.jwk)])
      expect(await verify(token, { publicKey })).toMatchObject({
        role: "reader",
        claims: { sub: "ann", email: "ann@example.org" },
      });
  });

  it("is believed where it is signed with the shared secret", async () => {
    const token = hmacSigned(SECRET, { sub: "ann", role: "reader" });
    expect(await verify(token, { secret: SECRET })).toEqual({
      role: "reader",
      claims: { sub: "ann", role: "reader" },
      expiresAt: undefined,
    });
  });

  it("proves as long as it is accepted: until its end, and the clocks' tolerance", async () => {
    const exp = inSeconds(60);
    const token = await sign(rsa, { exp });
    expect((await verify(token, { publicKey: rsa.pem })).expiresAt).toBe(exp * 1000);
    expect((await verify(token, { publicKey: rsa.pem, clockTolerance: 30 })).expiresAt).toBe((exp + 30) * 1000);
  });

  it("that has just expired is let in within the tolerance alone", async () => {
    const token = await sign(rsa, { exp: inSeconds(-5) });
    expect(await verify(token, { publicKey: rsa.pem, clockTolerance: 60 })).toMatchObject({ role: "reader" });
    expect(await refusal(token, { publicKey: rsa.pem, clockTolerance: 1 })).toMatch(/^TOKEN_EXPIRED: /);
  });
});

describe("a token is refused", () => {
  it.each([
    ["expired", { exp: inSeconds(-1) }, /^TOKEN_EXPIRED: The token has expired/],
    ["not valid yet", { nbf: inSeconds(60) }, /^UNAUTHENTICATED: The token isn't valid yet/],
    ["without an issuer", { iss: undefined }, /^UNAUTHENTICATED: The token has no claim iss/],
    ["of another issuer", { iss: "https://evil.example" }, /of another issuer than auth\.jwt\.issuer/],
    ["without an audience", { aud: undefined }, /has no claim aud/],
    ["for others", { aud: ["other"] }, /meant for others than auth\.jwt\.audience/],
    ["with an end that is no time", { exp: "soon" }, /claim exp that isn't a number/],
  ])("%s", async (_what, claims, expected) => {
    const token = await sign(rsa, { iss: "https://issuer.example", aud: ["eventql", "x"], ...claims });
    const jwt = { publicKey: rsa.pem, issuer: ["https://issuer.example"], audience: ["eventql"] };
    expect(await refusal(token, jwt)).toMatch(expected);
  });

  it.each([
    "x",
    "a.b",
    "a.b.c",
    "a.b.c.d.e",
    "..",
    `${base64url.encode("{}")}.${base64url.encode("{}")}.`,
    `${base64url.encode('{"alg":"RS256"}')}.${base64url.encode("[]")}.AAAA`,
  ])("that is malformed: %s", async (token) => {
    expect(await refusal(token, { publicKey: rsa.pem })).toMatch(/^UNAUTHENTICATED: The token /);
  });

  it("with a signature of another key, or changed claims", async () => {
    const other = await issuerKey("RS256");
    expect(await refusal(await sign(other), { publicKey: rsa.pem })).toContain(
      "has a signature that isn't its issuer's",
    );
    const [header = "", , signature = ""] = (await sign(rsa)).split(".");
    const forged = `${header}.${base64url.encode('{"role":"admin"}')}.${signature}`;
    expect(await refusal(forged, { publicKey: rsa.pem })).toContain("has a signature that isn't its issuer's");
  });

  it("unsigned", async () => {
    const token = new UnsecuredJWT({ role: "admin" }).encode();
    for (const jwt of [{ publicKey: rsa.pem }, { secret: SECRET }, { jwksUrl: "http://127.0.0.1:1/" }])
      expect(await refusal(token, jwt)).toMatch(/^UNAUTHENTICATED: .* algorithm that is allowed here/);
  });

  it("that takes the public key for a secret", async () => {
    for (const text of [rsa.pem, rsa.pem.trim(), JSON.stringify(rsa.jwk)]) {
      const token = hmacSigned(text, { sub: "ann", role: "admin" });
      expect(await refusal(token, { publicKey: rsa.pem })).toMatch(
        /^UNAUTHENTICATED: .* algorithm that is allowed here/,
      );
    }
  });

  it("signed with an algorithm that is safe, but not among those that were chosen", async () => {
    const jwt = { publicKey: rsa.pem, algorithms: ["PS256"] };
    expect(await refusal(await sign(rsa), jwt)).toContain("algorithm that is allowed here: PS256");
  });
});

describe("the role of a token", () => {
  const role = async (claims: Readonly<Record<string, unknown>>, jwt: Partial<JwtConfig>, known?: readonly string[]) =>
    (await verify(await sign(rsa, claims), { publicKey: rsa.pem, ...jwt }, known)).role;

  it("is found at a path, and under a name with dots", async () => {
    expect(await role({ realm_access: { roles: ["editor"] } }, { roleClaim: "realm_access.roles" })).toBe("editor");
    const roleClaim = "https://example.com/claims.role";
    expect(await role({ "https://example.com/claims": { role: "editor" } }, { roleClaim })).toBe("editor");
    expect(await role({ [roleClaim]: "editor" }, { roleClaim })).toBe("editor");
  });

  it("is the first of a list that is known", async () => {
    const claims = { role: ["offline_access", 7, "editor", "admin"] };
    expect(await role(claims, {}, ["admin", "editor"])).toBe("editor");
    expect(await role(claims, {})).toBe("offline_access");
  });

  it("is the default one where the token names none", async () => {
    for (const none of [undefined, null, "", 7, {}, [], [7]])
      expect(await role({ role: none }, { defaultRole: "guest" }, ["admin"])).toBe("guest");
    expect(await role({ role: ["offline_access"] }, { defaultRole: "guest" }, ["admin"])).toBe("guest");
  });

  it("is needed where there is no default one", async () => {
    const token = await sign(rsa, { role: undefined });
    expect(await refusal(token, { publicKey: rsa.pem })).toMatch(
      /^UNAUTHENTICATED: The token names no role: its claim role/,
    );
    const listed = await sign(rsa, { role: ["a", "b"] });
    expect(await refusal(listed, { publicKey: rsa.pem }, ["admin"])).toContain("names no role that is known here");
  });
});

describe("a key is refused", () => {
  const reason = (jwt: Partial<JwtConfig>): string => {
    const settings = authOf({ jwt }).jwt;
    try {
      if (settings !== undefined) tokenVerifier(settings, undefined);
    } catch (error) {
      return isEventQLError(error, "CONFIG_INVALID") ? error.message : `not CONFIG_INVALID: ${messageOf(error)}`;
    }
    return "accepted";
  };

  it("where there isn't exactly one", () => {
    expect(reason({})).toContain("auth.jwt has 0 keys: give exactly one of jwksUrl, publicKey and secret");
    expect(reason({ secret: SECRET, publicKey: rsa.pem })).toContain("auth.jwt has 2 keys");
  });

  it("that is private, without showing it", async () => {
    const pem = await exportPKCS8(rsa.privateKey);
    expect(reason({ publicKey: pem })).toMatch(/^auth\.jwt\.publicKey is a private key/);
    expect(reason({ publicKey: { ...rsa.jwk, d: "AAAA" } })).toMatch(/^auth\.jwt\.publicKey is a private key/);
    expect(reason({ publicKey: { kty: "oct", k: "AAAA" } })).toContain("is a shared secret");
    expect(reason({ publicKey: "nonsense" })).toMatch(/^auth\.jwt\.publicKey can't be read/);
    expect(reason({ publicKey: "{ nonsense" })).toMatch(/^auth\.jwt\.publicKey can't be read/);
  });

  it("that is weak", () => {
    const small = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ type: "spki", format: "pem" });
    expect(reason({ publicKey: String(small) })).toContain("is of the kind rsa 1024");
    const curve = generateKeyPairSync("ec", { namedCurve: "secp256k1" }).publicKey;
    expect(reason({ publicKey: String(curve.export({ type: "spki", format: "pem" })) })).toContain("ec secp256k1");
    expect(reason({ secret: "short" })).toContain("auth.jwt.secret has 5 bytes: give at least 32");
  });

  it.each<[string, Partial<JwtConfig>]>([
    ["none", { secret: SECRET, algorithms: ["none"] }],
    ["HS512 with a secret of 32 bytes", { secret: SECRET, algorithms: ["HS512"] }],
    ["HS256 with an issuer's keys", { jwksUrl: "https://issuer.example/jwks", algorithms: ["RS256", "HS256"] }],
  ])("with the algorithm %s", (_what, jwt) => {
    expect(reason(jwt)).toMatch(/^auth\.jwt\.algorithms has .* unsafe with/);
  });

  it("with an algorithm of another kind of key", () => {
    expect(reason({ publicKey: rsa.pem, algorithms: ["HS256"] })).toContain("unsafe with this public key");
    expect(reason({ publicKey: ec.pem, algorithms: ["ES384"] })).toContain("give some of ES256");
  });
});
