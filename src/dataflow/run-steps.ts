import type { Stream, StreamStep } from "../model/stream.ts";
import { type Flowing, type PureStep, madeOf, takeStep, takes } from "./flowing.ts";

type CallStep = Extract<StreamStep, { readonly kind: "call" }>;

/** Asks an outside party about an event; resolves with what it said. `what` names the step in messages. */
export type AskParty = (step: CallStep, flowing: Flowing, what: string) => Promise<unknown>;

/** Whether every answer of a stream's steps is there at once. */
export function isPure({ steps }: Pick<Stream, "steps">): boolean {
  return steps.every(({ kind }) => kind !== "call");
}

/** What the steps of a stream without outside parties make of an event. @throws EventQLError `RULE_FAILED`. */
export function runPureSteps({ steps }: Pick<Stream, "steps">, first: Flowing): readonly Flowing[] {
  let flowing: readonly Flowing[] = [first];
  for (const [index, step] of steps.entries()) {
    if (isCall(step)) continue;
    flowing = through(step, flowing, index);
  }
  return flowing;
}

/** What the steps of a stream make of an event. @throws what `ask` does, and EventQLError `RULE_FAILED`. */
export async function runSteps(
  { steps }: Pick<Stream, "steps">,
  first: Flowing,
  ask: AskParty,
): Promise<readonly Flowing[]> {
  let flowing: readonly Flowing[] = [first];
  for (const [index, step] of steps.entries()) {
    flowing = isCall(step) ? await throughCall(step, flowing, index, ask) : through(step, flowing, index);
  }
  return flowing;
}

function through(step: PureStep, flowing: readonly Flowing[], index: number): readonly Flowing[] {
  const [only] = flowing;
  const what = nameOf(step, index);
  if (flowing.length === 1 && only !== undefined) return takeStep(step, only, what);
  return flowing.flatMap((each) => takeStep(step, each, what));
}

async function throughCall(
  step: CallStep,
  flowing: readonly Flowing[],
  index: number,
  ask: AskParty,
): Promise<readonly Flowing[]> {
  const what = nameOf(step, index);
  const made: Flowing[] = [];
  for (const each of flowing) {
    const said = takes(step, each) ? await ask(step, each, what) : undefined;
    made.push(...(said === undefined ? [each] : madeOf(each, said, what)));
  }
  return made;
}

function isCall(step: StreamStep): step is CallStep {
  return step.kind === "call";
}

const NAMES: Readonly<Record<StreamStep["kind"], string>> = {
  filter: "filter",
  map: "map",
  key: "rekey",
  call: "call",
};

/** A step as its author knows it. */
function nameOf({ kind }: StreamStep, index: number): string {
  return `Step ${index + 1}, ${NAMES[kind]},`;
}
