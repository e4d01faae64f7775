import type { StoredDocument } from "../../../src/read-model/read-model.ts";

/** A record as any program might write it. */
export interface ForeignRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** What the suite needs to know of a stack. */
export interface E2EStack {
  /** Flags and environment that select the stack, with a database of its own. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Writes records to a topic as a program that knows nothing of EventQL. */
  produce(topic: string, records: readonly ForeignRecord[]): Promise<void>;
  /** An event's bytes, as the registry's own serializer makes them. */
  serialize(topic: string, fullName: string, event: Readonly<Record<string, unknown>>): Promise<Buffer>;
  /** Reads a collection while no gateway of the embedded stack runs. */
  collection(name: string): Promise<readonly StoredDocument[]>;
  close(): Promise<void>;
}
