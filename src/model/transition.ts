import type { NewMessage, Rejection, StateOf, TypedMessage } from "./decider.ts";
import type { Headers } from "./event.ts";
import { type EmittedEvent, Transition } from "./projection.ts";
import type { Payload } from "./value.ts";

/** An event as a rule writes it: what may be null may be left out. Default of `key`: that of the state. */
export type WrittenEvent<Out extends TypedMessage> = NewMessage<Out> & { readonly key?: string };

/** A {@link Transition} whose state and events have types. */
export interface TypedTransition<Document extends object, Out extends TypedMessage> extends Transition {
  /** For TypeScript alone: it is never there. */
  readonly types?: { readonly state: StateOf<Document> | undefined; readonly event: WrittenEvent<Out> };
}

/** What a rule leads to: the state behind the event (undefined: the document is deleted), and events that it writes. */
export function transition<Document extends object, Out extends TypedMessage>(
  state: StateOf<Document> | undefined,
  ...events: readonly WrittenEvent<Out>[]
): TypedTransition<Document, Out>;
export function transition(state: Payload | undefined, ...events: readonly EmittedEvent[]): Transition {
  return new Transition(state, events);
}

/** The headers of an event that a rule has refused: why, by a name for programs, and a sentence for people. */
const REJECTION_HEADER = { code: "eventql_rejected", message: "eventql_rejected_message" } as const;

/** The event itself that a rule was given, written on as it is: its bytes, its type, its headers, and its key. */
export class PassedEvent implements EmittedEvent {
  readonly type: string;
  readonly payload: Payload;
  /** Why a rule refused it; undefined: it didn't. */
  readonly rejection: Rejection | undefined;

  constructor(type: string, payload: Payload, rejection?: Rejection) {
    this.type = type;
    this.payload = payload;
    this.rejection = rejection;
  }
}

/** Headers to add to those of an event that is passed on. */
export function rejectionHeaders({ rejected, message }: Rejection): Headers {
  const code = { [REJECTION_HEADER.code]: rejected };
  return message === undefined ? code : { ...code, [REJECTION_HEADER.message]: message };
}
