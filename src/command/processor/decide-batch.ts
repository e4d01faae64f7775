import { outcomesTopicOf } from "../../catalog/topic-kinds.ts";
import type { PlacedRecord } from "../../event-log/event-log.ts";
import type { FoldDocument } from "../../fold/document-fold.ts";
import type { CommandRejection, Outcome } from "../../model/command.ts";
import { HEADER, type LogRecord } from "../../model/event.ts";
import { metaOf } from "../../model/meta.ts";
import { newId } from "../../model/new-id.ts";
import { TOMBSTONE_TYPE, cloudEventHeaders } from "../cloud-event-headers.ts";
import { encodeOutcome } from "../outcome-record.ts";
import type { AskedCommand } from "./asked-command.ts";
import { type Corrections, type Decision, type Situation, decideCommand } from "./decide-command.ts";
import type { Draft, PlacedEvent } from "./draft.ts";
import type { Rules } from "./rules.ts";

/** What a batch is decided on. */
export interface BatchInput extends Situation {
  readonly rules: Rules;
  readonly commands: readonly AskedCommand[];
  /** Who writes, as the CloudEvents attribute `source` has it. */
  readonly source: string;
  /** The offset of the partition's next outcome. */
  readonly nextOutcome: number;
  /** How a command of this id ended before. */
  firstOutcome(commandId: string): Outcome | undefined;
  /** What a batch of one invalidation leads to. */
  readonly corrections?: Corrections | CommandRejection | undefined;
  /** Why the batch's only command is refused, whatever it asks for. */
  readonly refusal?: CommandRejection | undefined;
  /** Of records that a partition is given at once. At least one command is decided. Default 900 KiB. */
  readonly maxBytes?: number;
}

/** A decided command. */
export interface Decided {
  readonly outcome: Outcome;
  /** Whether it was decided before: this is its first outcome. */
  readonly repeated: boolean;
  /** Of a rule with a bug. */
  readonly error?: unknown;
}

/** The state of a key behind a batch. */
export interface Touched {
  readonly document: FoldDocument | undefined;
  readonly partition: number;
  /** Of the newest event of the batch. */
  readonly offset: number;
}

/** What a batch leads to. */
export interface DecidedBatch {
  /** The first ones of the commands: as many as fit. */
  readonly decided: readonly Decided[];
  /** Events, and then outcomes. */
  readonly records: readonly PlacedRecord[];
  readonly touched: ReadonlyMap<string, Touched>;
}

/** Records of a partition are sent as one batch, of which Kafka takes 1 MiB unless it is set otherwise. */
const MAX_BYTES = 900 * 1_024;

/** An upper bound of what a record takes beside its value and its key: its headers, mostly. */
const RECORD_OVERHEAD = 512;

/** Decides on commands one after another, each on what the ones before it have led to: pure. */
export function decideBatch(input: BatchInput): DecidedBatch {
  const batch = new Batch(input);
  for (const command of input.commands) if (!batch.decide(command)) break;
  return batch.result();
}

class Batch {
  readonly #input: BatchInput;
  readonly #situation: Situation;
  readonly #decided: Decided[] = [];
  readonly #events: PlacedRecord[] = [];
  readonly #outcomes: PlacedRecord[] = [];
  readonly #first = new Map<string, Outcome>();
  readonly #touched = new Map<string, Touched>();
  readonly #next = new Map<number, number>();
  readonly #bytes = new Map<string, number>();

  constructor(input: BatchInput) {
    this.#input = input;
    this.#situation = {
      now: input.now,
      documentOf: (key) => (this.#touched.get(key) ?? { document: input.documentOf(key) }).document,
      partitionOf: (key) => input.partitionOf(key),
      nextOf: (partition) => this.#next.get(partition) ?? input.nextOf(partition),
      isParked: (key) => input.isParked(key),
    };
  }

  /** False: it does not fit any more. */
  decide(command: AskedCommand): boolean {
    const first = this.#first.get(command.commandId) ?? this.#input.firstOutcome(command.commandId);
    if (first !== undefined) return this.#tell(command, { outcome: first, repeated: true }, []);
    const { rules, corrections, refusal } = this.#input;
    const decision: Decision =
      refusal === undefined ? decideCommand(rules, this.#situation, command, corrections) : { rejection: refusal };
    if ("rejection" in decision) {
      const { rejection, error } = decision;
      const outcome: Outcome = {
        ...this.#common(command),
        status: "REJECTED",
        rejection,
        events: [],
        version: undefined,
      };
      return this.#tell(command, { outcome, repeated: false, error }, []);
    }
    const { draft } = decision;
    if (!this.#tell(command, { outcome: this.#outcomeOf(command, draft), repeated: false }, draft.appended))
      return false;
    this.#take(draft);
    return true;
  }

  result(): DecidedBatch {
    return { decided: this.#decided, records: [...this.#events, ...this.#outcomes], touched: this.#touched };
  }

  #outcomeOf(command: AskedCommand, draft: Draft): Outcome {
    const version = command.id === undefined ? undefined : metaOf(draft.documentOf(command.id)?.["_meta"])?.offset;
    return { ...this.#common(command), status: "DECIDED", rejection: undefined, events: draft.told, version };
  }

  #common({
    commandId,
    kind,
    type,
    id,
    record,
  }: AskedCommand): Omit<Outcome, "status" | "rejection" | "events" | "version"> {
    const { topic } = this.#input.rules.aggregate;
    const command = { topic: record.topic, partition: record.partition, offset: record.offset };
    const transaction = kind === "transaction" ? record.offset : undefined;
    return { commandId, kind, type, topic, id, command, transaction, decidedAt: this.#input.now };
  }

  /** Adds a command's records, unless they don't fit any more. */
  #tell({ commandId, record, asked }: AskedCommand, decided: Decided, events: readonly PlacedEvent[]): boolean {
    const { rules, nextOutcome } = this.#input;
    const { topic } = rules.aggregate;
    const { partition } = record;
    const outcome: PlacedRecord = {
      topic: outcomesTopicOf(topic),
      partition,
      key: commandId,
      value: encodeOutcome(decided.outcome),
      headers: {},
      offset: nextOutcome + this.#outcomes.length,
    };
    const transaction = transactionOf(decided.outcome, asked);
    const records = events.map((event) => this.#recordOf(event, record, { commandId, transaction }));
    if (!this.#fits([...records, outcome])) return false;
    this.#events.push(...records);
    this.#outcomes.push(outcome);
    this.#decided.push(decided);
    this.#first.set(commandId, decided.outcome);
    return true;
  }

  #recordOf(
    { key, type, partition, offset, value }: PlacedEvent,
    { headers }: LogRecord,
    { commandId, transaction }: { readonly commandId: string; readonly transaction: number | undefined },
  ): PlacedRecord {
    const { source, rules } = this.#input;
    const described = cloudEventHeaders({
      id: newId(),
      type: type === "" ? TOMBSTONE_TYPE : type,
      source,
      traceparent: headers[HEADER.traceparent],
    });
    const ours =
      transaction === undefined
        ? { [HEADER.command]: commandId }
        : { [HEADER.command]: commandId, [HEADER.transaction]: String(transaction) };
    return { topic: rules.aggregate.topic, partition, offset, key, value, headers: { ...described, ...ours } };
  }

  #fits(records: readonly PlacedRecord[]): boolean {
    const bytes = new Map<string, number>();
    for (const { topic, partition, key, value } of records) {
      const id = `${topic}/${partition}`;
      const before = bytes.get(id) ?? this.#bytes.get(id) ?? 0;
      bytes.set(id, before + (value?.length ?? 0) + 4 * (key?.length ?? 0) + RECORD_OVERHEAD);
    }
    const most = this.#input.maxBytes ?? MAX_BYTES;
    if (this.#decided.length > 0 && bytes.values().some((sum) => sum > most)) return false;
    for (const [id, sum] of bytes) this.#bytes.set(id, sum);
    return true;
  }

  #take({ appended, documents }: Draft): void {
    for (const { key, partition, offset } of appended) {
      this.#next.set(partition, offset + 1);
      if (key !== null) this.#touched.set(key, { document: documents.get(key), partition, offset });
    }
  }
}

/** The transaction that a command's events belong to, or are about. */
function transactionOf({ transaction }: Outcome, asked: AskedCommand["asked"]): number | undefined {
  return asked.kind === "invalidation" ? asked.transaction : transaction;
}
