import type { ModelTopics } from "./domain.ts";

export type TopicName = keyof ModelTopics;

export type Said = Readonly<Record<string, string | number>>;

/** An event by the short name of its type; "": a tombstone. */
export interface ModelEvent {
  readonly key: string;
  readonly type: string;
  readonly said: Said;
}

export type IfVersion = number | "NO_STREAM" | "EXISTS" | undefined;

interface Keyed extends ModelEvent {
  readonly topic: TopicName;
  readonly ifVersion: IfVersion;
}

/** What is asked for, of topics by their short names. */
export type Request =
  | (Keyed & { readonly kind: "command" | "event" | "tombstone" })
  | {
      readonly kind: "transaction";
      readonly topic: "accounts";
      readonly events: readonly (ModelEvent & { readonly ifVersion: IfVersion })[];
    }
  | {
      readonly kind: "invalidation";
      readonly topic: "accounts";
      readonly transaction: number;
      readonly reason: string;
    };

/** What must come of it. */
export type Verdict =
  | { readonly code: string; readonly currentVersion?: number | null }
  | { readonly events: readonly (ModelEvent & { readonly dropped: boolean })[] };

/** What there is of a key. */
export interface KeyState {
  readonly document: Said | undefined;
  /** Undefined: there is no document. */
  readonly version: number | undefined;
  /** The newest of its events that counts. */
  readonly newest: ModelEvent | undefined;
}

type Look = (topic: TopicName, key: string) => KeyState;

/** What comes of a request: nothing but its words and what there is count. */
export function decide(request: Request, look: Look, isTransaction: (id: number) => boolean): Verdict {
  if (request.kind === "invalidation")
    return isTransaction(request.transaction) ? { events: [] } : { code: "TRANSACTION_NOT_FOUND" };
  const parts = request.kind === "transaction" ? request.events : [request];
  for (const { key, ifVersion } of parts) {
    const { version } = look(request.topic, key);
    if (!isMet(ifVersion, version)) return { code: "VERSION_CONFLICT", currentVersion: version ?? null };
  }
  if (request.kind === "command") return rule(request, look(request.topic, request.key).document);
  return { events: parts.map((event) => ({ ...event, dropped: isDropped(request.topic, event, look) })) };
}

function isMet(expected: IfVersion, version: number | undefined): boolean {
  if (expected === undefined) return true;
  if (expected === "NO_STREAM") return version === undefined;
  return expected === "EXISTS" ? version !== undefined : expected === version;
}

function isDropped(topic: TopicName, event: ModelEvent, look: Look): boolean {
  const { document, newest } = look(topic, event.key);
  return topic === "notes" && document !== undefined && event.type !== "" && isSame(event, newest);
}

function isSame(event: ModelEvent, other: ModelEvent | undefined): boolean {
  return event.type === other?.type && JSON.stringify(event.said) === JSON.stringify(other.said);
}

/** The rules that `domain.ts` has for the gateway. */
function rule({ key, type, said }: ModelEvent, state: Said | undefined): Verdict {
  const decided = (...events: readonly (readonly [string, Said])[]): Verdict => ({
    events: events.map(([name, what]) => ({ key, type: name, said: what, dropped: false })),
  });
  const by = Number(said["by"]);
  if (type === "CreateCounter")
    return state === undefined ? decided(["CounterCreated", said]) : { code: "ALREADY_EXISTS" };
  if (type === "CountOn" && by === 13) return { code: "RULE_FAILED" };
  if (state === undefined) return { code: "NOT_FOUND" };
  if (type === "CloseCounter") return decided(["CounterClosed", {}]);
  if (by === 10) return decided(["Counted", { by: 5 }], ["Counted", { by: 5 }]);
  return by === 0 ? decided() : decided(["Counted", { by }]);
}

/** The document behind an event; undefined: there is none. */
export function fold(document: Said | undefined, { type, said }: ModelEvent): Said | undefined {
  if (type === "" || type === "CounterClosed") return undefined;
  if (type === "Counted") return { value: Number(document?.["value"] ?? 0) + Number(said["by"]) };
  if (type === "MoneyMoved") return { ...document, amount: Number(document?.["amount"] ?? 0) + Number(said["amount"]) };
  return { ...document, ...said };
}
