import type { Aggregate } from "../catalog/types.ts";
import type { LogRecord } from "../model/event.ts";
import type { TopicPartition } from "../model/position.ts";
import type { StoredDocument } from "../read-model/read-model.ts";
import type { Fault } from "../read-model/dead-letters.ts";

/** Which events of a key to fold again. */
export interface RefoldRequest {
  readonly aggregate: Aggregate;
  readonly of: TopicPartition;
  readonly key: string;
  /** Where the partition's projection stands. */
  readonly next: number;
  /** Only events before this offset. */
  readonly until: number;
  /** Whether an event doesn't count any more. */
  readonly isInvalid: (record: LogRecord) => boolean;
}

/** The document of those events, undefined where there is none; or why it can't be told. */
export type Refolded = { readonly document: StoredDocument | undefined } | { readonly fault: Fault };

/** Makes a document again of the events that are kept of its key. Rejects where the stores can't be reached. */
export type Refold = (request: RefoldRequest) => Promise<Refolded>;

/** Of a projector without histories. */
export const noRefold: Refold = async ({ aggregate }) =>
  await Promise.resolve({
    fault: { code: "HISTORY_GONE", reason: `No history of ${aggregate.name} is kept to fold its events again.` },
  });
