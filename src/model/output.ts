import type { Headers } from "./event.ts";

/** An event that a projection's rule has written, ready to be appended. */
export interface Output {
  readonly topic: string;
  readonly key: string;
  readonly value: Uint8Array;
  readonly headers: Headers;
  /** Of the event that the rule was given, in the partition that the projection reads. */
  readonly offset: number;
}

/** An upper bound of what outputs need in memory and in the outbox, in bytes. */
export function outputBytes({ key, value, headers }: Output): number {
  let bytes = OVERHEAD + key.length + value.length;
  for (const name in headers) bytes += name.length + (headers[name]?.length ?? 0);
  return bytes;
}

const OVERHEAD = 64;
