import { createHash, timingSafeEqual } from "node:crypto";
import { EventQLError } from "../errors.ts";
import type { ApiKeyConfig } from "./auth-config.ts";
import type { Identity } from "./authorize.ts";

/** Finds whose an API key is. @throws EventQLError `UNAUTHENTICATED`. */
export type VerifyApiKey = (key: string) => Identity;

/** Makes the check of API keys. How long it takes tells nothing of any key. */
export function apiKeyVerifier(keys: readonly ApiKeyConfig[]): VerifyApiKey {
  const known = keys.map((config) => ({ hash: apiKeyHash(config), identity: identityOf(config) }));
  return (key) => {
    const presented = sha256(key);
    let found: Identity | undefined;
    // All are compared, whichever fits.
    for (const { hash, identity } of known) if (timingSafeEqual(hash, presented)) found = identity;
    if (found !== undefined) return found;
    throw new EventQLError("UNAUTHENTICATED", "The API key is none of those that are configured.");
  };
}

/** The hash that a configured key is known by. */
export function apiKeyHash({ key = "", sha256: hash }: Pick<ApiKeyConfig, "key" | "sha256">): Buffer {
  return hash === undefined ? sha256(key) : Buffer.from(hash, "hex");
}

function identityOf({ name, role, claims }: ApiKeyConfig): Identity {
  return { role, claims: { sub: name, ...claims }, expiresAt: undefined };
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
