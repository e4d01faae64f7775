import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { Change } from "./change.ts";
import type { Endpoint } from "./endpoint.ts";
import { endingOf } from "./ending.ts";
import { openSocket } from "./socket.ts";
import type { View } from "./view.ts";
import type { Watched } from "./watched.ts";

/** What to follow. */
export interface FollowRequest {
  readonly endpoint: Endpoint;
  readonly watched: Watched;
  readonly columns: readonly string[];
  readonly where: unknown;
  readonly signal: AbortSignal;
  /** Told of what isn't a change. */
  readonly view: Pick<View, "lost" | "restart" | "warn">;
}

/** ms before a lost connection is tried again. */
const PAUSE_MS = 1_000;

/**
 * Follows documents: those that there are, then every change. A lost connection is made again, and goes on after the
 * last change.
 * @throws EventQLError what the gateway says against it, where it would say so again.
 */
export async function* follow(request: FollowRequest): AsyncGenerator<Change> {
  const { signal, view } = request;
  let after: string | undefined;
  while (!signal.aborted) {
    try {
      for await (const change of subscribe(request, after)) {
        after = change.cursor;
        yield change;
      }
    } catch (error) {
      if (signal.aborted) return;
      const ending = endingOf(error);
      if (ending.kind === "refused") throw ending.error;
      after = ending.kind === "expired" ? undefined : (ending.cursor ?? after);
      if (ending.kind === "expired") {
        view.restart();
        continue;
      }
    }
    if (signal.aborted) return;
    view.lost();
    await delay(PAUSE_MS, undefined, { signal }).catch(() => {});
  }
}

async function* subscribe(
  { endpoint, watched, columns, where, signal, view }: FollowRequest,
  after: string | undefined,
): AsyncGenerator<Change> {
  const { field, document } = watched;
  const query = `subscription ($where: ${watched.where}, $snapshot: Boolean, $after: Cursor) {
    change: ${field}(where: $where, snapshot: $snapshot, after: $after) {
      operation id cursor document: ${document} { ${columns.join(" ")} }
    }
  }`;
  const client = openSocket(endpoint);
  const end = (): void => void client.dispose();
  signal.addEventListener("abort", end, { once: true });
  try {
    const variables = { where, snapshot: after === undefined, after };
    for await (const { data, errors = [] } of client.iterate({ query, variables })) {
      const result = Result.safeParse(data);
      if (!result.success || isWithheld(result.data.change, errors)) throw errors;
      for (const { message } of errors) view.warn(message);
      yield result.data.change;
    }
  } finally {
    signal.removeEventListener("abort", end);
    end();
  }
}

/** Whether a document that is there isn't shown. */
function isWithheld({ operation, document }: Change, errors: readonly unknown[]): boolean {
  return document === null && errors.length > 0 && !["DELETE", "LEAVE", "RESET"].includes(operation);
}

const Result = z.object({
  change: z.object({
    operation: z.enum(["RESET", "SNAPSHOT", "INSERT", "UPDATE", "DELETE", "LEAVE"]),
    id: z.string(),
    cursor: z.string(),
    document: z.record(z.string(), z.unknown()).nullable(),
  }),
});
