import { errors } from "jose";
import { EventQLError, isEventQLError } from "../errors.ts";

/** Says of a token that failed its check what is wrong with it: never what stands in it. */
export function tokenError(error: unknown, algorithms: readonly string[]): EventQLError {
  if (isEventQLError(error)) return error;
  if (error instanceof errors.JWTExpired)
    return new EventQLError("TOKEN_EXPIRED", "The token has expired: get a new one from its issuer.");
  return new EventQLError("UNAUTHENTICATED", `The token ${faultOf(error, algorithms)}.`);
}

function faultOf(error: unknown, algorithms: readonly string[]): string {
  if (error instanceof errors.JWTClaimValidationFailed) return claimFault(error);
  if (error instanceof errors.JOSEAlgNotAllowed)
    return `isn't signed with an algorithm that is allowed here: ${algorithms.join(", ")}`;
  if (error instanceof errors.JWSSignatureVerificationFailed) return "has a signature that isn't its issuer's";
  if (error instanceof errors.JWKSNoMatchingKey) return "is signed with a key that its issuer doesn't publish";
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid)
    return "isn't a signed JWT of three parts with dots between them";
  return "can't be checked with the configured key";
}

function claimFault({ claim, reason }: errors.JWTClaimValidationFailed): string {
  if (reason === "missing") return `has no claim ${claim}, which is required here`;
  if (reason === "invalid") return `has a claim ${claim} that isn't a number`;
  if (claim === "nbf") return "isn't valid yet: check the clocks";
  if (claim === "iss") return "is of another issuer than auth.jwt.issuer";
  return claim === "aud" ? "is meant for others than auth.jwt.audience" : `has a claim ${claim} that doesn't fit`;
}

/** That the issuer's keys can't be had, which is no fault of the token. */
export function keysUnavailable(url: URL, error: unknown): EventQLError {
  return new EventQLError(
    "NOT_READY",
    `Tokens can't be checked now, for the keys at ${url.host} can't be fetched: try again.`,
    { cause: error },
  );
}
