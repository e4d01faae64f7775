import {
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  createRemoteJWKSet,
  errors,
  jwtVerify,
} from "jose";
import { EventQLError } from "../errors.ts";
import { claimAt } from "../model/claims.ts";
import type { JwtConfig } from "./auth-config.ts";
import type { Identity } from "./authorize.ts";
import { keysUnavailable, tokenError } from "./token-errors.ts";
import { type VerificationKey, verificationKey } from "./verification-key.ts";

/** How the issuer's keys are fetched. */
export interface JwksOptions {
  /** ms between fetches that an unknown key can cause. Default 30,000. */
  readonly cooldownMs?: number;
  /** ms that a fetch may take. Default 5,000. */
  readonly timeoutMs?: number;
}

/** Finds who a token was issued to. @throws EventQLError `UNAUTHENTICATED`, `TOKEN_EXPIRED`, `NOT_READY`. */
export type VerifyToken = (token: string) => Promise<Identity>;

/** ms that fetched keys are used before they are fetched anew: a key that the issuer withdraws counts no longer. */
const KEYS_MAX_AGE_MS = 600_000;

/**
 * Makes the check of tokens (RFC 7519): signature, algorithm, times, issuer, audience, role.
 * @throws EventQLError `CONFIG_INVALID` where the key can't be used.
 */
export function tokenVerifier(
  jwt: JwtConfig,
  knownRoles: ReadonlySet<string> | undefined,
  jwks: JwksOptions = {},
): VerifyToken {
  const key = verificationKey(jwt);
  const verify = signatureCheck(key, jwks);
  const { issuer, audience, clockTolerance } = jwt;
  const options: JWTVerifyOptions = {
    algorithms: [...key.algorithms],
    clockTolerance,
    ...(issuer !== undefined && { issuer: [...issuer] }),
    ...(audience !== undefined && { audience: [...audience] }),
  };
  return async (token) => {
    const claims = await verify(token, options).catch((error: unknown) => {
      throw tokenError(error, key.algorithms);
    });
    const role = roleOf(claims, jwt, knownRoles);
    // Who is let in within the tolerance must not be put out at once.
    const expiresAt = claims.exp === undefined ? undefined : (claims.exp + clockTolerance) * 1000;
    return { role, claims, expiresAt };
  };
}

type Verify = (token: string, options: JWTVerifyOptions) => Promise<JWTPayload>;

function signatureCheck(key: VerificationKey, { cooldownMs = 30_000, timeoutMs = 5_000 }: JwksOptions): Verify {
  if (key.kind !== "jwks") return async (token, options) => (await jwtVerify(token, key.key, options)).payload;
  const fetched = createRemoteJWKSet(key.url, {
    cooldownDuration: cooldownMs,
    timeoutDuration: timeoutMs,
    cacheMaxAge: KEYS_MAX_AGE_MS,
  });
  const keyOf: JWTVerifyGetKey = async (header, token) => {
    try {
      return await fetched(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      throw keysUnavailable(key.url, error);
    }
  };
  return async (token, options) => {
    try {
      return (await jwtVerify(token, keyOf, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      return await verifyWithAny(token, error, options);
    }
  };
}

/** A token that doesn't name its key is checked with each that it may be. */
async function verifyWithAny(
  token: string,
  keys: errors.JWKSMultipleMatchingKeys,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  for await (const key of keys) {
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
}

function roleOf(claims: JWTPayload, jwt: JwtConfig, known: ReadonlySet<string> | undefined): string {
  const { roleClaim, defaultRole } = jwt;
  const named = claimAt(claims, roleClaim);
  const roles = (Array.isArray(named) ? named : [named]).filter((role) => typeof role === "string" && role !== "");
  const role: unknown = Array.isArray(named) && known !== undefined ? roles.find((one) => known.has(one)) : roles[0];
  if (typeof role === "string") return role;
  if (defaultRole !== undefined) return defaultRole;
  const fault = roles.length > 0 ? "names no role that is known here" : "names no role";
  throw new EventQLError(
    "UNAUTHENTICATED",
    `The token ${fault}: its claim ${roleClaim} must hold one (auth.jwt.roleClaim), or auth.jwt.defaultRole be set.`,
  );
}
