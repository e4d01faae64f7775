import { EventQLError } from "../errors.ts";
import type { Credentials } from "./authenticate.ts";

/** What a caller presents: at most one proof. */
export type Proof = { readonly kind: "token" | "apiKey"; readonly text: string } | { readonly kind: "none" };

/** The names that proofs go by, in headers and in what a WebSocket's client sends. */
const AUTHORIZATION = "authorization";
const API_KEY = "x-api-key";

/**
 * Finds the proof among what was sent. Two different ones are refused, for it would be a guess which is meant.
 * @throws EventQLError `UNAUTHENTICATED`.
 */
export function proofOf({ headers, connectionParams = {} }: Credentials): Proof {
  const given = [...Object.entries(headers), ...Object.entries(connectionParams)];
  const tokens = new Set(textsOf(given, AUTHORIZATION).map(tokenOf));
  const keys = new Set(textsOf(given, API_KEY));
  if (tokens.size + keys.size > 1)
    throw new EventQLError(
      "UNAUTHENTICATED",
      `More than one proof of identity was sent, in ${AUTHORIZATION} or ${API_KEY}: send one.`,
    );
  const [token] = tokens;
  if (token !== undefined) return { kind: "token", text: token };
  const [key] = keys;
  return key === undefined ? { kind: "none" } : { kind: "apiKey", text: key };
}

function textsOf(given: readonly (readonly [string, unknown])[], wanted: string): readonly string[] {
  const values = given.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
  return values
    .filter((value) => value !== undefined && value !== null)
    .map((value) => {
      if (typeof value === "string" && value.trim() !== "") return value.trim();
      throw new EventQLError("UNAUTHENTICATED", `What was sent as ${wanted} is no text, or empty: leave it out.`);
    });
}

/** Of `Bearer <token>`; the scheme's letter case is free (RFC 9110, section 11.1). */
function tokenOf(authorization: string): string {
  const [, token] = /^bearer +(\S+)$/i.exec(authorization) ?? [];
  if (token !== undefined) return token;
  throw new EventQLError("UNAUTHENTICATED", `What was sent as ${AUTHORIZATION} isn't "Bearer", a space and a token.`);
}
