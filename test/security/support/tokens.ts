import { type CryptoKey, type JWK, SignJWT, exportJWK, exportSPKI, generateKeyPair } from "jose";
import type { AuthConfig, JwtConfig } from "../../../src/security/auth-config.ts";

/** A key pair of an issuer, made anew. */
export interface IssuerKey {
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly pem: string;
  readonly jwk: JWK;
}

export async function issuerKey(alg: string, kid?: string): Promise<IssuerKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), alg, use: "sig", ...(kid !== undefined && { kid }) };
  return { alg, privateKey, pem: await exportSPKI(publicKey), jwk };
}

/** Signs claims; those of every good token are there unless they are given. */
export async function sign(
  { alg, privateKey, jwk }: Pick<IssuerKey, "alg" | "privateKey"> & { readonly jwk?: JWK },
  claims: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const good = { sub: "ann", role: "reader", exp: inSeconds(60) };
  const header = { alg, ...(jwk?.kid !== undefined && { kid: jwk.kid }) };
  return await new SignJWT(withoutUndefined({ ...good, ...claims })).setProtectedHeader(header).sign(privateKey);
}

/** Seconds since 1970, from now. */
export function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}

/** The configuration of authentication, where nothing else is said. */
export function authOf(parts: Partial<Omit<AuthConfig, "jwt">> & { readonly jwt?: Partial<JwtConfig> }): AuthConfig {
  const { jwt, ...rest } = parts;
  return {
    apiKeys: [],
    anonymousRole: "anonymous",
    required: false,
    adminRoles: ["admin"],
    knownRoles: undefined,
    ...rest,
    jwt: jwt && { clockTolerance: 0, roleClaim: "role", ...jwt },
  };
}

function withoutUndefined(claims: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
}
