import { type KeyObject, createPublicKey } from "node:crypto";
import { EventQLError, messageOf } from "../errors.ts";
import type { Jwk, JwtConfig } from "./auth-config.ts";

/** What a token's signature is checked with, and the algorithms that are safe with it. */
export type VerificationKey = { readonly algorithms: readonly string[] } & (
  | { readonly kind: "jwks"; readonly url: URL }
  | { readonly kind: "public"; readonly key: KeyObject }
  | { readonly kind: "secret"; readonly key: Uint8Array }
);

const RSA = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
const EDWARDS = ["EdDSA", "Ed25519"];
const CURVES = new Map([
  ["prime256v1", ["ES256"]],
  ["secp384r1", ["ES384"]],
  ["secp521r1", ["ES512"]],
]);

/** Signatures that need no shared secret. A secret's are never among them: a public key is no secret. */
const ASYMMETRIC = [...RSA, ...[...CURVES.values()].flat(), ...EDWARDS];

/** Each with the fewest bytes that its key must have (RFC 7518, section 3.2). */
const HMAC: readonly (readonly [string, number])[] = [
  ["HS256", 32],
  ["HS384", 48],
  ["HS512", 64],
];

/** The fewest bits of an RSA key (RFC 7518, section 3.3). */
const MIN_RSA_BITS = 2048;

/**
 * Reads the key that tokens are checked with.
 * @throws EventQLError `CONFIG_INVALID` where there isn't exactly one, or it can't be used.
 */
export function verificationKey({ jwksUrl, publicKey, secret, algorithms }: JwtConfig): VerificationKey {
  const given = [jwksUrl, publicKey, secret].filter((one) => one !== undefined);
  if (given.length !== 1)
    throw invalid("auth.jwt", `has ${given.length} keys: give exactly one of jwksUrl, publicKey and secret`);
  if (jwksUrl !== undefined)
    return { kind: "jwks", url: new URL(jwksUrl), algorithms: chosen(algorithms, ASYMMETRIC, "public keys") };
  if (secret !== undefined) return secretKey(secret, algorithms);
  const key = publicKeyOf(publicKey ?? "");
  return { kind: "public", key, algorithms: chosen(algorithms, algorithmsOf(key), "this public key") };
}

function secretKey(secret: string, algorithms: readonly string[] | undefined): VerificationKey {
  const key = new TextEncoder().encode(secret);
  const safe = HMAC.filter(([, bytes]) => key.length >= bytes).map(([name]) => name);
  if (safe.length === 0)
    throw invalid(
      "auth.jwt.secret",
      `has ${key.length} bytes: give at least 32, made at random (openssl rand -hex 32)`,
    );
  return { kind: "secret", key, algorithms: chosen(algorithms, safe, `a secret of ${key.length} bytes`) };
}

function chosen(wanted: readonly string[] | undefined, safe: readonly string[], what: string): readonly string[] {
  const wrong = (wanted ?? []).filter((name) => !safe.includes(name));
  if (wrong.length === 0) return wanted ?? safe;
  throw invalid("auth.jwt.algorithms", `has ${wrong.join(", ")}, unsafe with ${what}: give some of ${safe.join(", ")}`);
}

function publicKeyOf(given: string | Jwk): KeyObject {
  const jwk = typeof given === "string" ? parsedJwk(given) : given;
  const isPrivate = jwk === undefined ? /PRIVATE KEY/.test(textOf(given)) : "d" in jwk;
  if (isPrivate)
    throw invalid("auth.jwt.publicKey", "is a private key, which only the issuer may have: give its public key");
  if (jwk?.["kty"] === "oct") throw invalid("auth.jwt.publicKey", "is a shared secret: set auth.jwt.secret");
  try {
    return jwk === undefined ? createPublicKey(textOf(given)) : createPublicKey({ key: { ...jwk }, format: "jwk" });
  } catch (error) {
    const reason = messageOf(error);
    throw invalid(
      "auth.jwt.publicKey",
      `can't be read (${reason}): give a public key or a certificate as PEM, or a JWK`,
    );
  }
}

function textOf(given: string | Jwk): string {
  return typeof given === "string" ? given : "";
}

function parsedJwk(text: string): Jwk | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? { ...parsed } : undefined;
  } catch {
    return undefined;
  }
}

function algorithmsOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): readonly string[] {
  if (asymmetricKeyType === "ed25519") return EDWARDS;
  const { namedCurve = "", modulusLength = 0 } = asymmetricKeyDetails ?? {};
  if (asymmetricKeyType === "ec" && CURVES.has(namedCurve)) return CURVES.get(namedCurve) ?? [];
  if (asymmetricKeyType === "rsa" && modulusLength >= MIN_RSA_BITS) return RSA;
  const found = [asymmetricKeyType, namedCurve || undefined, modulusLength || undefined].filter(Boolean).join(" ");
  throw invalid(
    "auth.jwt.publicKey",
    `is of the kind ${found}: give RSA of at least ${MIN_RSA_BITS} bits, P-256, P-384, P-521 or Ed25519`,
  );
}

/** `details.setting` is the setting that is wrong, `details.problem` a sentence to follow its name. */
function invalid(setting: string, problem: string): EventQLError {
  return new EventQLError("CONFIG_INVALID", `${setting} ${problem}.`, { details: { setting, problem } });
}
