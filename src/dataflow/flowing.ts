import { EventQLError, messageOf } from "../errors.ts";
import type { LogRecord } from "../model/event.ts";
import type { StreamEvent } from "../model/event-context.ts";
import type { EmittedEvent } from "../model/projection.ts";
import type { StreamStep } from "../model/stream.ts";

/** An event on its way through a stream. */
export interface Flowing {
  readonly event: StreamEvent;
  /** The key that it goes by now. */
  readonly key: string | null;
  /** The record whose bytes it still is; undefined: a step made it. */
  readonly record: LogRecord | undefined;
}

/** A step whose answer is there at once. */
export type PureStep = Exclude<StreamStep, { readonly kind: "call" }>;

/** Whether a step is taken by the event. */
export function takes({ topics }: StreamStep, { event }: Flowing): boolean {
  return topics === undefined || topics.includes(event.topic);
}

/** What a step makes of an event. `what` names it in messages. @throws EventQLError `RULE_FAILED`. */
export function takeStep(step: PureStep, flowing: Flowing, what: string): readonly Flowing[] {
  if (!takes(step, flowing)) return [flowing];
  const said = asked(what, () => resultOf(step, flowing.event));
  if (step.kind === "filter") return said ? [flowing] : [];
  if (step.kind === "key") return underKeys(flowing, said, what);
  return said === undefined ? [] : madeOf(flowing, said, what);
}

/** New events in place of one. @throws EventQLError `RULE_FAILED` where they are none. */
export function madeOf({ event, key }: Flowing, said: unknown, what: string): readonly Flowing[] {
  const list: readonly unknown[] = Array.isArray(said) ? said : [said];
  return list.map((made) => {
    if (!isEmitted(made)) throw failed(what, "it returned what is no event: make it by event(type, payload)");
    const own = made.key ?? key;
    const { type, payload } = made;
    return { event: { ...event, key: own ?? "", type, payload }, key: own, record: undefined };
  });
}

/** The failure of a step, or of a test. */
function failed(what: string, why: string, cause?: unknown): EventQLError {
  return new EventQLError("RULE_FAILED", `${what} failed: ${why}.`, { cause });
}

/** Runs a user's function. @throws EventQLError `RULE_FAILED` where it does. */
export function asked<T>(what: string, run: () => T): T {
  let said: T;
  try {
    said = run();
  } catch (error) {
    throw failed(what, messageOf(error).replace(/\.$/, ""), error);
  }
  if (!(said instanceof Promise)) return said;
  // Whatever becomes of it is nobody's business any more: it must not end the process.
  said.catch(() => {});
  throw failed(what, "it returned a promise: ask outside parties by .call(…)");
}

function resultOf(step: PureStep, event: StreamEvent): unknown {
  switch (step.kind) {
    case "filter":
      return step.test(event);
    case "key":
      return step.keysOf(event);
    case "map":
      return step.map(event);
  }
}

function underKeys({ event, record }: Flowing, said: unknown, what: string): readonly Flowing[] {
  const keys: readonly unknown[] = Array.isArray(said) ? said : said === undefined ? [] : [said];
  return keys.map((key) => {
    if (typeof key !== "string" || key === "" || !key.isWellFormed())
      throw failed(what, "a key is a text that isn't empty, or a list of such");
    return { event: { ...event, key }, key, record };
  });
}

function isEmitted(said: unknown): said is EmittedEvent {
  if (typeof said !== "object" || said === null || !("type" in said) || !("payload" in said)) return false;
  const { type, payload } = said;
  if ("key" in said && said.key !== undefined && typeof said.key !== "string") return false;
  return typeof type === "string" && typeof payload === "object" && payload !== null && !Array.isArray(payload);
}
