import { EventQLError } from "../errors.ts";
import { apiKeyVerifier } from "./api-keys.ts";
import type { AuthConfig } from "./auth-config.ts";
import type { Authenticate } from "./authenticate.ts";
import { proofOf } from "./credentials.ts";
import { type JwksOptions, tokenVerifier } from "./jwt.ts";

/**
 * Makes the one function that every door asks who calls: GraphQL over HTTP, SSE and WebSocket, `/readyz` and
 * `/metrics`. Its calls are rejected with `UNAUTHENTICATED`, `TOKEN_EXPIRED`, or the retriable `NOT_READY` where
 * the issuer's keys can't be fetched.
 * @throws EventQLError `CONFIG_INVALID` where a key can't be used.
 */
export function createAuthenticator(auth: AuthConfig, jwks?: JwksOptions): Authenticate {
  const known = auth.knownRoles === undefined ? undefined : new Set(auth.knownRoles);
  const verifyToken = auth.jwt === undefined ? undefined : tokenVerifier(auth.jwt, known, jwks);
  const verifyApiKey = auth.apiKeys.length === 0 ? undefined : apiKeyVerifier(auth.apiKeys);
  return async (credentials) => {
    const proof = proofOf(credentials);
    if (proof.kind === "none") {
      if (!auth.required) return { role: auth.anonymousRole, claims: {}, expiresAt: undefined };
      throw new EventQLError("UNAUTHENTICATED", `No proof of identity was sent: send ${accepted(auth)}.`);
    }
    const identity = proof.kind === "token" ? await verifyToken?.(proof.text) : verifyApiKey?.(proof.text);
    if (identity !== undefined) return identity;
    const what = proof.kind === "token" ? "Tokens" : "API keys";
    throw new EventQLError("UNAUTHENTICATED", `${what} aren't taken here: send ${accepted(auth)}.`);
  };
}

function accepted({ jwt, apiKeys }: AuthConfig): string {
  const token = jwt === undefined ? [] : ["authorization: Bearer <token>"];
  return [...token, ...(apiKeys.length === 0 ? [] : ["x-api-key: <key>"])].join(" or ");
}
