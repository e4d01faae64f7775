import type { CommandType } from "../catalog/types.ts";
import type { CommandRejection } from "../model/command.ts";
import type { DecideContext, Decider, NewEvent, State } from "../model/decider.ts";
import type { Payload } from "../model/value.ts";

/** What a rule said. */
export type Ruling =
  | { readonly events: readonly NewEvent[] }
  /** `error`: what the rule threw, or a description of what is wrong with what it returned; for the log alone. */
  | { readonly rejection: CommandRejection; readonly error?: unknown };

/** What a rule is asked. */
export interface RuleQuestion {
  /** Undefined: there is no document of the key. */
  readonly state: State | undefined;
  readonly payload: Payload;
  readonly context: DecideContext;
}

/**
 * Runs a command's rule, and checks what it returns as far as that can be seen without schemas. A rule with a bug is a
 * rejection `RULE_FAILED`, whose message says nothing of what the rule knew. Never throws.
 */
export function runRule(
  { aggregate, decide }: Pick<Decider, "aggregate" | "decide">,
  { name }: Pick<CommandType, "name">,
  { state, payload, context }: RuleQuestion,
): Ruling {
  const rule = Object.hasOwn(decide, name) ? decide[name] : undefined;
  if (rule === undefined) return ruleFailed(aggregate, name, `${aggregate} has no rule ${name}`);
  let said: unknown;
  try {
    said = rule(state, payload, context);
  } catch (error) {
    return ruleFailed(aggregate, name, error);
  }
  if (isEvents(said)) return { events: said };
  const refusal = refusalOf(said);
  return refusal === undefined ? ruleFailed(aggregate, name, faultOf(said)) : { rejection: refusal };
}

/** The rejection of a command whose rule has a bug; `error` is for the log. */
export function ruleFailed(
  aggregate: string,
  command: string,
  error: unknown,
): Extract<Ruling, { readonly rejection: CommandRejection }> {
  const message = `The rule ${command} of ${aggregate} failed, and nothing was appended: the server's log says why.`;
  return { rejection: { code: "RULE_FAILED", message }, error };
}

function isEvents(said: unknown): said is readonly NewEvent[] {
  return Array.isArray(said) && said.every(isEvent);
}

function isEvent(item: unknown): boolean {
  if (typeof item !== "object" || item === null || !("type" in item) || !("payload" in item)) return false;
  const { type, payload } = item;
  return typeof type === "string" && typeof payload === "object" && payload !== null && !Array.isArray(payload);
}

function refusalOf(said: unknown): CommandRejection | undefined {
  if (typeof said !== "object" || said === null || !("rejected" in said)) return undefined;
  const { rejected: code } = said;
  if (typeof code !== "string" || code === "") return undefined;
  const message = "message" in said && typeof said.message === "string" ? said.message : undefined;
  return { code, message: message ?? `The command is refused: ${code}.` };
}

/** What is wrong with what a rule returned. */
function faultOf(said: unknown): string {
  if (said instanceof Promise) {
    // Whatever becomes of it is nobody's business any more: it must not end the process.
    said.catch(() => {});
    return "it returned a promise: rules decide at once, on what they are given";
  }
  if (Array.isArray(said)) {
    return `element ${said.findIndex((item) => !isEvent(item))} of what it returned is no event: make it by event(type, payload)`;
  }
  return "it returned neither a list of events nor reject(code, message)";
}
