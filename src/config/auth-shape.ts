import { z } from "zod";
import { ANONYMOUS, type AuthConfig, type JwtConfig } from "../security/auth-config.ts";
import type { Policies } from "../security/policies.ts";
import { list, onOff, text, whole } from "./parsers.ts";

/** The settings of `auth`, each valid by itself. */
export interface ShapedAuth extends Omit<AuthConfig, "jwt" | "apiKeys" | "knownRoles"> {
  readonly jwt: JwtConfig;
  readonly apiKeys?: AuthConfig["apiKeys"] | undefined;
}

const NAMES = "names, separated by commas";
const roleName = text(/\S/, "a role's name");
const names = list(text(/\S/, NAMES), NAMES);
const JWK = "a public key or a certificate as PEM, or a JWK";

const jwt = z.object({
  jwksUrl: z.url({ protocol: /^https?$/, error: "a URL that begins with https:// or http://" }).optional(),
  publicKey: z
    .union([z.preprocess(unescapedPem, text(/\S/, JWK)), z.record(z.string(), z.unknown())], { error: JWK })
    .optional(),
  secret: text(/\S/, "a text of at least 32 bytes").optional(),
  algorithms: names.optional(),
  issuer: names.optional(),
  audience: names.optional(),
  clockTolerance: whole(0, 600).default(0),
  roleClaim: text(/\S/, "a claim's name, with dots between steps").default("role"),
  defaultRole: roleName.optional(),
});

const API_KEYS = "{ name, role, key } or { name, role, sha256 } each, or name:role:key separated by commas";
const apiKey = z
  .strictObject(
    {
      name: text(/\S/, "a name"),
      role: roleName,
      key: text(/^\S{16,}$/, "a key of at least 16 characters, without spaces").optional(),
      sha256: text(/^[\da-f]{64}$/i, "64 hexadecimal digits").optional(),
      claims: z.record(z.string(), z.json({ error: "JSON" }), { error: "claims by their names" }).optional(),
    },
    { error: API_KEYS },
  )
  .refine(({ key, sha256 }) => (key === undefined) !== (sha256 === undefined), {
    error: "one of key and sha256",
  });

/** How callers prove who they are. */
export const authShape: z.ZodPrefault<z.ZodType<ShapedAuth>> = z
  .object({
    jwt: jwt.prefault({}),
    apiKeys: z.preprocess(apiKeysOf, z.array(apiKey, { error: API_KEYS })).optional(),
    anonymousRole: roleName.default(ANONYMOUS),
    required: onOff.default(false),
    adminRoles: names.default(["admin"]),
  })
  .prefault({});

const columnNames = z.array(text(/\S/, "a column's name"), { error: "a list of columns" });
const READ = "true, false or { where, columns }";
const readPolicy = z.union(
  [
    z.boolean(),
    z.strictObject(
      { where: z.record(z.string(), z.unknown()).optional(), columns: columnNames.optional() },
      { error: READ },
    ),
  ],
  { error: READ },
);
const rolePolicy = z.strictObject(
  {
    read: readPolicy.optional(),
    append: z.union([z.boolean(), z.array(z.string())], { error: "true, false or a list of event types" }).optional(),
    delete: z.boolean({ error: "true or false" }).optional(),
    subscribe: readPolicy.optional(),
  },
  { error: "an object of read, append, delete and subscribe alone" },
);

/** What each role may do. */
export const policiesShape: z.ZodOptional<z.ZodType<Policies>> = z
  .record(z.string(), z.record(z.string(), rolePolicy, { error: "an object of policies by role" }), {
    error: "an object of aggregates, each an object of policies by role",
  })
  .optional();

/** Variables often hold PEM on one line, with its line feeds spelled out. */
function unescapedPem(value: unknown): unknown {
  return typeof value === "string" ? value.replaceAll(String.raw`\n`, "\n") : value;
}

/** `name:role:key,…`; the key may hold colons. */
function apiKeysOf(value: unknown): unknown {
  if (typeof value !== "string") return value;
  return value.split(",").map((entry) => {
    const [, name, role, key] = /^([^:]+):([^:]+):(.+)$/.exec(entry.trim()) ?? [];
    return key === undefined ? entry : { name, role, key };
  });
}
