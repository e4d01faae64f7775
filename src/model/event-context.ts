import type { Headers } from "./event.ts";
import type { Payload } from "./value.ts";

/** What rules of projections and streams may know of an event besides what it says. It is the same on every replay. */
export interface EventContext {
  /** The event's own id, to tell it from every other one: its `ce_id`, or else `topic/partition/offset`. */
  readonly id: string;
  /** Where the event was first appended: of one that EventQL keyed anew, not the intermediate topic. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** The key that it was appended with. */
  readonly key: string;
  /** When it happened: its `ce_time`, or else the time of its record. */
  readonly time: Date;
  readonly headers: Headers;
}

/** An event as functions of streams are given it. */
export interface StreamEvent<Type extends string = string, Said = Payload> extends EventContext {
  /** The name of its type. */
  readonly type: Type;
  readonly payload: Said;
}
