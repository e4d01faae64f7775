import type { Payload } from "./value.ts";

/** An event that a rule wants appended: the name of its type, and what it says. */
export interface NewEvent<Type extends string = string, Said = Payload> {
  readonly type: Type;
  readonly payload: Said;
}

/** A rule's refusal: nothing is appended. */
export interface Rejection {
  /** A name for programs, in capitals: `NOT_FOUND`. */
  readonly rejected: string;
  /** A sentence for people. */
  readonly message: string | undefined;
}

/** What a rule may know besides the state and the command. It is the same whenever the command is decided again. */
export interface DecideContext {
  /** The key that the command was sent to. */
  readonly id: string;
  /** The offset of the key's newest event; undefined: there is no document of it. */
  readonly version: number | undefined;
  readonly commandId: string;
  /** When the command was stored. */
  readonly now: Date;
}

/** An event to append. */
export function event<const Type extends string, const Said>(type: Type, payload: Said): NewEvent<Type, Said> {
  return { type, payload };
}

/** A refusal, by a name for programs and a sentence for people. */
export function reject(code: string, message?: string): Rejection {
  return { rejected: code, message };
}

/** A state: an aggregate's columns, by their names in its documents. */
export type State = Payload;

/** Decides on a command: the events that it leads to, none of them where there is nothing to do, or a refusal. */
interface Decide {
  rule(state: State | undefined, command: Payload, context: DecideContext): readonly NewEvent[] | Rejection;
}

/** Folds an event into the state before it, or into the initial one; undefined: the document is deleted. */
interface Evolve {
  step(state: State, payload: Payload): State | undefined;
}

/** The rules of an aggregate, as the processor and the projector use them. */
export interface Decider {
  /** The aggregate's name. */
  readonly aggregate: string;
  /** The topic of its events. */
  readonly topic: string;
  /** What the first event of a key is folded into. */
  readonly initial: State;
  /** By the names of command types. */
  readonly decide: Readonly<Record<string, Decide["rule"]>>;
  /** By the names of event types; undefined: as the hints in the schemas have it. */
  readonly evolve: Readonly<Record<string, Evolve["step"]>> | undefined;
  /** To be raised when `evolve` folds otherwise than before: documents that were made before have to be made anew. */
  readonly version: number;
  /** Whether events may also be appended past the rules, by the mutations of event types and the event-store API. */
  readonly eventMutations: boolean;
}

/** What the types that `eventql codegen` writes tell a message by: those of `UserEvent` and `UserCommand` are such. */
export interface TypedMessage {
  readonly type: string;
  readonly payload: object;
}

/** A state by the type of its documents. */
export type StateOf<Document extends object> = Omit<Document, "_id" | "_meta">;

/** What a type of message says. */
export type PayloadOf<Message extends TypedMessage, Type extends Message["type"]> = Extract<
  Message,
  { readonly type: Type }
>["payload"];

/** A message as it is made: what may be null may be left out. */
export type NewMessage<Message extends TypedMessage> = Message extends TypedMessage
  ? NewEvent<Message["type"], WithoutNulls<Message["payload"]>>
  : never;

type WithoutNulls<Said extends object> = Omit<Said, Nullable<Said>> & Partial<Pick<Said, Nullable<Said>>>;

type Nullable<Said extends object> = { [Field in keyof Said]-?: null extends Said[Field] ? Field : never }[keyof Said];

/** The rules of an aggregate as people write them, by the types that `eventql codegen` makes of its schemas. */
export interface DeciderRules<
  Document extends object,
  Command extends TypedMessage,
  Event extends TypedMessage,
> extends Pick<Decider, "aggregate" | "topic"> {
  /** What the first event of a key is folded into. */
  readonly initial: StateOf<Document>;
  /** Of each command type, what it leads to; the state is undefined where there is no document. Pure, as all rules are. */
  readonly decide: {
    readonly [Type in Command["type"]]: (
      state: StateOf<Document> | undefined,
      command: PayloadOf<Command, Type>,
      context: DecideContext,
    ) => readonly NewMessage<Event>[] | Rejection;
  };
  /**
   * Of each event type, the state behind it; undefined deletes the document. Without it, events are folded as the hints in
   * the schemas have it.
   */
  readonly evolve?: {
    readonly [Type in Event["type"]]: (
      state: StateOf<Document>,
      payload: PayloadOf<Event, Type>,
    ) => StateOf<Document> | undefined;
  };
  /** Default 1. */
  readonly version?: number;
  /** Default false. */
  readonly eventMutations?: boolean;
}

/** A decider that knows the types of its states and messages, for tests of its rules. */
export interface TypedDecider<
  Document extends object,
  Command extends TypedMessage,
  Event extends TypedMessage,
> extends Decider {
  /** For TypeScript alone: it is never there. */
  readonly types?: { readonly document: Document; readonly command: Command; readonly event: Event };
}

/** As {@link DeciderRules}, once their types are known to fit. */
type AnyRules = Pick<Decider, "aggregate" | "topic" | "initial" | "decide"> &
  Partial<Pick<Decider, "evolve" | "version" | "eventMutations">>;

/**
 * Makes the rules of an aggregate, for `aggregates` of `eventql.config.ts`. Rules are pure: they know nothing but what they
 * are given, and change none of it.
 */
export function decider<Document extends object, Command extends TypedMessage, Event extends TypedMessage>(
  rules: DeciderRules<Document, Command, Event>,
): TypedDecider<Document, Command, Event>;
export function decider({ evolve, version = 1, eventMutations = false, ...rules }: AnyRules): Decider {
  return { ...rules, evolve, version, eventMutations };
}
