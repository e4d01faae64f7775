import * as z from "zod";
import { EventQLError } from "../../errors.ts";

/** What the registry's REST API says in an error, or undefined where there was no answer. */
export interface RestFailure {
  /** The HTTP status. */
  readonly status: number;
  /** The registry's own code (https://docs.confluent.io/platform/current/schema-registry/develop/api.html#errors). */
  readonly errorCode: number;
  readonly message: string;
}

const restError = z.object({ status: z.number(), errorCode: z.number(), message: z.string() });
const networkError = z.object({ code: z.string() });

/** The registry's own codes for a subject, a version or a schema that doesn't exist. */
const NOT_FOUND: ReadonlySet<number> = new Set([40401, 40402, 40403]);

/** Reads an error of the client as the registry's answer. */
export function restFailure(error: unknown): RestFailure | undefined {
  const failure = restError.safeParse(error).data;
  // The client appends the code, which stands beside the message already.
  return failure && { ...failure, message: failure.message.replace(/; Error code: -?\d+$/, "") };
}

/** Whether the registry says that there is no such subject, version or schema. A 404 of something else doesn't. */
export function isNotFound(error: unknown): boolean {
  const failure = restFailure(error);
  return failure !== undefined && NOT_FOUND.has(failure.errorCode);
}

/** The error of a registry that can't be used. It carries no cause: the client's errors hold the request's credentials. */
export function unavailable(address: string, error: unknown): EventQLError {
  const failure = restFailure(error);
  return new EventQLError("REGISTRY_UNAVAILABLE", `The schema registry at ${address} ${why(error, failure)}`, {
    details: failure === undefined ? {} : { status: failure.status },
  });
}

function why(error: unknown, failure: RestFailure | undefined): string {
  if (failure === undefined) {
    const code = networkError.safeParse(error).data?.code;
    const what = code === undefined ? "gives no answers of a registry" : `can't be reached (${code})`;
    return `${what}. Check that it runs, and SCHEMA_REGISTRY_URL.`;
  }
  if (failure.status === 401)
    return "wants other credentials (401). Check the user and password in SCHEMA_REGISTRY_URL.";
  if (failure.status === 403)
    return "forbids this to the user of SCHEMA_REGISTRY_URL (403). Give that user the right to read, and to register.";
  if (failure.status === 404)
    return "has no such API there (404). Check the path of SCHEMA_REGISTRY_URL: it must lead to the Confluent API.";
  return `answered ${failure.status}: ${failure.message}`;
}

/** An answer; undefined where the registry hasn't what was asked for. */
export async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
