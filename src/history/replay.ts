import type { Aggregate } from "../catalog/types.ts";
import { EventQLError } from "../errors.ts";
import type { BatchItem } from "../projector/decode-batch.ts";
import { foldBatch } from "../projector/fold-batch.ts";
import { type TopicProjection, topicProjections } from "../projector/projection.ts";
import type { StoredDocument } from "../read-model/read-model.ts";
import type { StoredEvent } from "./event-source.ts";
import { versionOf } from "./key-place.ts";

/** What is known of a document while its events are folded again. */
export type ReplayState =
  { readonly known: true; readonly document: StoredDocument | undefined } | { readonly known: false };

const ABSENT: ReplayState = { known: true, document: undefined };
const NO_KEYS: ReadonlySet<string> = new Set();
const projections = new WeakMap<Aggregate, TopicProjection>();

/** Folds the events of one key as the projector did, and sees where events are missing between them. */
export class Replay {
  readonly #aggregate: Aggregate;
  readonly #partition: number;
  #state: ReplayState;

  /** `fromStart`: no event is missing before the first one, so that there is no document at first. */
  constructor(aggregate: Aggregate, partition: number, fromStart: boolean) {
    this.#aggregate = aggregate;
    this.#partition = partition;
    this.#state = fromStart ? ABSENT : { known: false };
  }

  get state(): ReplayState {
    return this.#state;
  }

  /** Applies an event. @throws EventQLError `HISTORY_GONE` where it can't be read, or folded, any more. */
  apply(item: BatchItem, previous: StoredEvent["previous"]): void {
    if (item.kind === "bad") throw unreadable(this.#aggregate, item.record.offset, item.reason);
    this.#fit(previous);
    const projection = projectionOf(this.#aggregate);
    if (!this.#state.known && !ends(item, projection)) return;
    const before = this.#state.known ? this.#state.document : undefined;
    const { changes, parked } = foldBatch({
      projection,
      partition: this.#partition,
      items: [item],
      parked: NO_KEYS,
      stateOf: () => before,
    });
    for (const { record, reason } of parked.values()) throw unreadable(this.#aggregate, record.offset, reason);
    const change = changes.get(this.#aggregate.collection)?.get(item.key);
    this.#state = { known: true, document: change === undefined ? before : change.after };
  }

  /** Compares what was folded with what the event says stood before it. */
  #fit(previous: StoredEvent["previous"]): void {
    if (previous === "unknown") return;
    if (previous === undefined) this.#state = ABSENT;
    else if (!this.#state.known || versionOf(this.#state.document) !== previous) this.#state = { known: false };
  }
}

/** Whether there is no document behind the event, whatever there was before. */
function ends(item: BatchItem, projection: TopicProjection): boolean {
  if (item.kind !== "event") return item.kind === "tombstone";
  return projection.targetOf(item.writer)?.deletes === true;
}

function projectionOf(aggregate: Aggregate): TopicProjection {
  const known = projections.get(aggregate);
  if (known !== undefined) return known;
  const made = topicProjections({ aggregates: [aggregate], generation: 0 }, { journals: false }).get(aggregate.topic);
  if (made === undefined) throw new EventQLError("INTERNAL", `${aggregate.name} has no projection.`);
  projections.set(aggregate, made);
  return made;
}

function unreadable({ name, topic }: Aggregate, offset: number, reason: string): EventQLError {
  return new EventQLError(
    "HISTORY_GONE",
    `The history of this ${name} can't be told: its event at offset ${offset} of topic ${topic} can't be applied any more. ${reason}`,
  );
}
