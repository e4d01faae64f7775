import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { describeConfig } from "../../src/config/describe-config.ts";
import type { Environment } from "../../src/config/sources.ts";
import { type Config, loadConfig } from "../../src/config.ts";
import { isEventQLError } from "../../src/errors.ts";
import { createAuthenticator } from "../../src/security/create-authenticator.ts";
import { type IssuerKey, issuerKey, sign } from "../security/support/tokens.ts";

const SECRET = "a-secret-of-32-bytes-and-a-few-more";
const KEY = "a-key-of-16-bytes-or-more";

let cwd = "";
let issuer: IssuerKey;

beforeAll(async () => {
  issuer = await issuerKey("ES256");
});

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "eventql-auth-"));
});

afterEach(async () => {
  await rm(cwd, { recursive: true, force: true });
});

async function load(env: Environment, file?: string): Promise<Config> {
  // Modules are loaded once: each file has a folder of its own.
  const folder = await mkdtemp(join(cwd, "config-"));
  if (file !== undefined) await writeFile(join(folder, "eventql.config.ts"), `export default ${file};`);
  return await loadConfig({ flags: {}, env, cwd: folder });
}

async function problems(env: Environment, file?: string): Promise<unknown> {
  const error: unknown = await load(env, file).catch((thrown: unknown) => thrown);
  for (const secret of [SECRET, KEY]) expect(JSON.stringify(error)).not.toContain(secret);
  return isEventQLError(error, "CONFIG_INVALID") ? error.details["problems"] : error;
}

describe("authentication", () => {
  it("is not configured where nothing is set", async () => {
    expect(await load({})).toMatchObject({ auth: undefined, policies: undefined });
  });

  it.each(["{ auth: {} }", "{ auth: { jwt: {} } }"])("that says nothing is refused: %s", async (file) => {
    expect(await problems({}, file)).toEqual([
      "auth in eventql.config.ts is empty: set auth.jwt or auth.apiKeys, or remove it.",
    ]);
  });

  it("is taken from the environment", async () => {
    const { auth } = await load({
      EVENTQL_JWT_SECRET: SECRET,
      EVENTQL_JWT_ALGORITHMS: "HS256",
      EVENTQL_JWT_ISSUER: "https://issuer.example, https://other.example",
      EVENTQL_JWT_AUDIENCE: "eventql",
      EVENTQL_JWT_CLOCK_TOLERANCE: "5",
      EVENTQL_JWT_ROLE_CLAIM: "realm.role",
      EVENTQL_JWT_DEFAULT_ROLE: "guest",
      EVENTQL_API_KEYS: `importer:writer:${KEY}, colons:reader:with:colons:in:the:key`,
      EVENTQL_ANONYMOUS_ROLE: "visitor",
      EVENTQL_AUTH_REQUIRED: "on",
      EVENTQL_ADMIN_ROLES: "admin,root",
    });
    expect(auth).toEqual({
      jwt: {
        secret: SECRET,
        algorithms: ["HS256"],
        issuer: ["https://issuer.example", "https://other.example"],
        audience: ["eventql"],
        clockTolerance: 5,
        roleClaim: "realm.role",
        defaultRole: "guest",
      },
      apiKeys: [
        { name: "importer", role: "writer", key: KEY },
        { name: "colons", role: "reader", key: "with:colons:in:the:key" },
      ],
      anonymousRole: "visitor",
      required: true,
      adminRoles: ["admin", "root"],
      knownRoles: undefined,
    });
  });

  it("takes a public key with its line feeds spelled out, and keys to fetch", async () => {
    const { auth } = await load({ EVENTQL_JWT_PUBLIC_KEY: issuer.pem.replaceAll("\n", String.raw`\n`) });
    if (auth === undefined) throw new TypeError("auth is configured");
    const headers = { authorization: `Bearer ${await sign(issuer)}` };
    expect(await createAuthenticator(auth)({ headers })).toMatchObject({ role: "reader" });
    expect((await load({ EVENTQL_JWKS_URL: "https://issuer.example/jwks" })).auth).toMatchObject({
      jwt: { jwksUrl: "https://issuer.example/jwks", clockTolerance: 0, roleClaim: "role" },
      apiKeys: [],
      anonymousRole: "anonymous",
      required: false,
      adminRoles: ["admin"],
    });
  });

  it("is taken from the file, with a key as a JWK", async () => {
    const hash = "ab".repeat(32);
    const file = `{ auth: {
      jwt: { publicKey: ${JSON.stringify(issuer.jwk)}, issuer: "https://issuer.example" },
      apiKeys: [{ name: "reports", role: "reader", sha256: "${hash}", claims: { teams: ["a"] } }],
    }, policies: { User: { reader: { read: true }, guest: {} } } }`;
    expect(await load({}, file)).toMatchObject({
      auth: {
        jwt: { publicKey: issuer.jwk, issuer: ["https://issuer.example"] },
        apiKeys: [{ name: "reports", role: "reader", sha256: hash, claims: { teams: ["a"] } }],
        knownRoles: ["admin", "reader", "guest", "anonymous"],
      },
      policies: { User: { reader: { read: true } } },
    });
  });

  it("is described without its secrets", async () => {
    const file = `{ auth: {
      jwt: { publicKey: ${JSON.stringify(issuer.pem)} },
      apiKeys: [{ name: "importer", role: "writer", key: "${KEY}" }],
    } }`;
    const described = describeConfig(await load({}, file));
    expect(described).toContainEqual({ path: "auth.apiKeys", value: "***", source: "eventql.config.ts" });
    expect(described).toContainEqual({ path: "auth.jwt.publicKey", value: "***", source: "eventql.config.ts" });
    expect(described).toContainEqual({ path: "auth.jwt.roleClaim", value: "role", source: "default" });
    const env = { EVENTQL_JWT_SECRET: SECRET, EVENTQL_API_KEYS: `importer:writer:${KEY}` };
    const secret = describeConfig(await load(env, "{}"));
    expect(secret).toContainEqual({ path: "auth.jwt.secret", value: "***", source: "EVENTQL_JWT_SECRET" });
    const fetched = describeConfig(await load({ EVENTQL_JWKS_URL: `https://u:${KEY}@h/jwks?token=${KEY}` }));
    expect(fetched).toContainEqual(expect.objectContaining({ value: "https://***@h/jwks?token=***" }));
    for (const one of [described, secret, fetched])
      for (const text of [KEY, SECRET, "PUBLIC KEY"]) expect(JSON.stringify(one)).not.toContain(text);
  });
});

describe("what is wrong with authentication", () => {
  it.each<[string, Environment, readonly string[]]>([
    [
      "two keys",
      { EVENTQL_JWT_SECRET: SECRET, EVENTQL_JWKS_URL: "https://h/jwks" },
      ["auth.jwt has 2 keys: give exactly one of jwksUrl, publicKey and secret."],
    ],
    [
      "settings without a key",
      { EVENTQL_JWT_ISSUER: "x" },
      ["auth.jwt has 0 keys: give exactly one of jwksUrl, publicKey and secret."],
    ],
    [
      "no way to prove anything",
      { EVENTQL_AUTH_REQUIRED: "true" },
      ["EVENTQL_AUTH_REQUIRED needs a way to prove who one is: set auth.jwt or auth.apiKeys."],
    ],
    [
      "a short secret",
      { EVENTQL_JWT_SECRET: "short" },
      ["EVENTQL_JWT_SECRET has 5 bytes: give at least 32, made at random (openssl rand -hex 32)."],
    ],
    [
      "an unsafe algorithm",
      { EVENTQL_JWKS_URL: "https://h/jwks", EVENTQL_JWT_ALGORITHMS: "HS256,none" },
      [expect.stringMatching(/^EVENTQL_JWT_ALGORITHMS has HS256, none, unsafe with public keys: give some of RS256/)],
    ],
    [
      "a public key that is none",
      { EVENTQL_JWT_PUBLIC_KEY: "nonsense" },
      [expect.stringMatching(/^EVENTQL_JWT_PUBLIC_KEY can't be read/)],
    ],
    [
      "a URL that is none",
      { EVENTQL_JWKS_URL: "ftp://h/" },
      ['EVENTQL_JWKS_URL is "ftp://h/": give a URL that begins with https:// or http://.'],
    ],
    [
      "API keys that are none",
      { EVENTQL_API_KEYS: KEY },
      [expect.stringMatching(/^EVENTQL_API_KEYS is "\*\*\*": give \{ name, role, key \} .* or name:role:key/)],
    ],
    [
      "a short API key",
      { EVENTQL_API_KEYS: "a:b:c" },
      ['EVENTQL_API_KEYS is "***": give a key of at least 16 characters, without spaces.'],
    ],
    [
      "a name or a key given twice",
      { EVENTQL_API_KEYS: `a:b:${KEY},a:c:${KEY}2,d:e:${KEY}` },
      [
        "EVENTQL_API_KEYS names a twice: give each key a name of its own.",
        "EVENTQL_API_KEYS gives a and d one key: give each its own.",
      ],
    ],
    [
      "administrators whom nobody asked",
      {
        EVENTQL_JWT_SECRET: SECRET,
        EVENTQL_ADMIN_ROLES: "visitor,guest",
        EVENTQL_ANONYMOUS_ROLE: "visitor",
        EVENTQL_JWT_DEFAULT_ROLE: "guest",
      },
      [
        "EVENTQL_ADMIN_ROLES has visitor, the role of who proves nothing: remove it.",
        "EVENTQL_JWT_DEFAULT_ROLE is guest, an admin role: every token would be an administrator's.",
      ],
    ],
  ])("is told: %s", async (_what, env, expected) => {
    expect(await problems(env)).toEqual(expected);
  });

  it("is told with its place in the file, and without keys", async () => {
    const file = `{ auth: { jwt: { key: 1 }, apiKeys: [
      { name: "a", role: "r", key: "${KEY}", colour: "red" },
      { name: "b", key: "${KEY}" },
      { name: "c", role: "r", key: "${KEY}", sha256: "${"ab".repeat(32)}" },
      { name: "d", role: "r", sha256: "${KEY}" },
    ] } }`;
    expect(await problems({}, file)).toEqual([
      "eventql.config.ts has auth.jwt.key, which is no setting: remove it.",
      expect.stringMatching(/^auth\.apiKeys\[0\] in eventql\.config\.ts: give \{ name, role, key \}/),
      "auth.apiKeys[1].role in eventql.config.ts: give a role's name.",
      "auth.apiKeys[2] in eventql.config.ts: give one of key and sha256.",
      "auth.apiKeys[3].sha256 in eventql.config.ts: give 64 hexadecimal digits.",
    ]);
  });
});

describe("policies", () => {
  const AUTH = { EVENTQL_API_KEYS: `a:reader:${KEY}` };

  it("may say of everyone what anyone may do, without authentication", async () => {
    expect(await load({}, "{ policies: { User: { anonymous: { read: true } } } }")).toMatchObject({
      auth: undefined,
      policies: { User: { anonymous: { read: true } } },
    });
  });

  it.each([
    [
      "roles that nobody has",
      {},
      "{ User: { reader: {}, anonymous: {} } }",
      "policies in eventql.config.ts names reader, but nobody can prove to be one: set auth, or give policies for anonymous alone.",
    ],
    [
      "limits of an admin role",
      AUTH,
      "{ User: { admin: {} } }",
      "policies in eventql.config.ts limits admin, which may do everything (auth.adminRoles): remove it from one.",
    ],
    [
      "another action",
      AUTH,
      "{ User: { reader: { reed: true } } }",
      'policies.User.reader in eventql.config.ts is {"reed":true}: give an object of read, append, delete and subscribe alone.',
    ],
    [
      "a text",
      AUTH,
      '{ User: { reader: { read: "yes" } } }',
      'policies.User.reader.read in eventql.config.ts is "yes": give true, false or { where, columns }.',
    ],
    [
      "another limit",
      AUTH,
      "{ User: { reader: { read: { rows: 1 } } } }",
      'policies.User.reader.read in eventql.config.ts is {"rows":1}: give true, false or { where, columns }.',
    ],
    [
      "a list of no names",
      AUTH,
      "{ User: { reader: { append: [1] } } }",
      "policies.User.reader.append in eventql.config.ts is [1]: give true, false or a list of event types.",
    ],
    [
      "no roles",
      AUTH,
      "{ User: true }",
      "policies.User in eventql.config.ts is true: give an object of policies by role.",
    ],
    [
      "no object",
      AUTH,
      "[]",
      "policies in eventql.config.ts is []: give an object of aggregates, each an object of policies by role.",
    ],
  ])("are refused with %s", async (_what, env, policies, expected) => {
    expect(await problems(env, `{ policies: ${policies} }`)).toEqual([expected]);
  });

  it("can't stand beside a policy that is a function", async () => {
    const file = "{ policies: { User: {} }, authorize: () => ({ allow: true }) }";
    expect(await problems({}, file)).toEqual([
      "policies in eventql.config.ts can't stand beside authorize: choose one of them.",
    ]);
    expect(await load(AUTH, "{ authorize: () => ({ allow: true }) }")).toMatchObject({ auth: { required: false } });
  });
});
