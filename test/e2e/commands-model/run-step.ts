import type { AsyncCommand } from "fast-check";
import { expect } from "vitest";
import type { SentCommand, ToldOutcome } from "./answers.ts";
import { type ModelClient, type Wait, shownColumns, shownEvent } from "./client.ts";
import { type IfVersion, type Request, type Verdict, fold } from "./decide.ts";
import type { CommandModel, Ended } from "./model.ts";
import type { Expected, Step } from "./steps.ts";

const NO_TRANSACTION = Number.MAX_SAFE_INTEGER;

/** A gateway, and a mark that no other run's keys and commands have. */
export interface RealGateway {
  readonly client: ModelClient;
  readonly mark: string;
}

/** A step as fast-check runs it; what is compared is what the gateway answers at once, and what it shows afterwards. */
export class StepCommand implements AsyncCommand<CommandModel, RealGateway> {
  readonly #step: Step;

  constructor(step: Step) {
    this.#step = step;
  }

  check(model: Readonly<CommandModel>): boolean {
    return this.#step.does !== "repeat" || model.ended.size > 0;
  }

  async run(model: CommandModel, real: RealGateway): Promise<void> {
    const step = this.#step;
    if (step.does === "try") return await tryOut(model, real, requestOf(step, model, real.mark));
    if (step.does !== "repeat") return await sendNew(model, real, requestOf(step, model, real.mark), step.wait);
    const before = [...model.ended].at(-1 - (step.which % model.ended.size));
    if (before !== undefined) await sendAgain(model, real, before, step);
  }

  toString(): string {
    return JSON.stringify(this.#step);
  }
}

function requestOf(step: Exclude<Step, { readonly does: "repeat" }>, model: CommandModel, mark: string): Request {
  const topic = "topic" in step ? step.topic : "accounts";
  const keyOf = (key: number): string => `${mark}-${key}`;
  const versionOf = (key: string, expected: Expected): IfVersion =>
    versionFor(expected, model.lastVersionOf(topic, key));
  if (step.does === "invalidate") {
    const transaction = [...model.transactions.slice(-4), NO_TRANSACTION].at(step.which) ?? NO_TRANSACTION;
    return { kind: "invalidation", topic: "accounts", transaction, reason: `because of ${transaction}` };
  }
  if (step.does === "transaction") {
    const events = step.parts.map(({ key, type, said, expected }) => ({
      key: keyOf(key),
      type,
      said,
      ifVersion: versionOf(keyOf(key), expected),
    }));
    return { kind: "transaction", topic: "accounts", events };
  }
  const { does, type, said, expected } = step;
  const key = keyOf(step.key);
  const kind = does === "try" ? "command" : does;
  return { kind, topic, key, type, said, ifVersion: versionOf(key, expected) };
}

function versionFor(expected: Expected, newest: number): IfVersion {
  if (expected === "any") return undefined;
  if (expected === "current") return newest;
  return expected === "stale" ? newest + (newest % 2 === 0 ? 1 : -1) : expected;
}

/** A dry run tells what would be, whoever has sent what, and leaves everything as it was. */
async function tryOut(model: CommandModel, { client }: RealGateway, request: Request): Promise<void> {
  if (!("key" in request)) return;
  const { topic, key } = request;
  const verdict = model.verdictOf(request);
  const { document, version } = model.stateOf(topic, key);
  // What queries show is what counts: they have to be as far as the model is.
  await expectShown(model, client, request, undefined);
  const tried = await client.send(request, { dryRun: true });
  if ("code" in verdict && verdict.code === "RULE_FAILED") {
    expect(tried.status).toBe("ERROR RULE_FAILED");
  } else {
    const status = "code" in verdict ? "REJECTED" : "DECIDED";
    expect(tried).toMatchObject({ status, receipt: null, version: version ?? null, rejection: rejectionOf(verdict) });
    const events = "code" in verdict ? [] : verdict.events;
    expect(tried.events).toEqual(events.map((event) => shownEvent(topic, event)));
    const behind = events.reduce(fold, document);
    if (!("code" in verdict)) expect(tried.document).toEqual(behind === undefined ? null : shownColumns(topic, behind));
  }
  await expectShown(model, client, request, undefined);
}

async function sendNew(
  model: CommandModel,
  { client, mark }: RealGateway,
  request: Request,
  wait: Wait,
): Promise<void> {
  const commandId = `${mark}-command-${model.ended.size}`;
  const verdict = model.verdictOf(request);
  const sent = await client.send(request, { commandId, wait });
  expect(sent.status).not.toContain("ERROR");
  const outcome = await client.outcome(commandId);
  expect(outcome).toMatchObject({ kind: request.kind.toUpperCase(), id: "key" in request ? request.key : null });
  const ended = await takeIn(model, client, { request, verdict, outcome, sent });
  model.ended.set(commandId, ended);
  expectTold(ended, outcome);
  expectAnswer(ended, sent, { commandId, wait });
  await expectShown(model, client, request, sent.receipt);
  if (wait === "PROJECTED") expectDocument(model, request, sent);
}

/** Nothing is done, and what came of the first is told again; of another type, that the id is taken. */
async function sendAgain(
  model: CommandModel,
  { client }: RealGateway,
  [commandId, ended]: readonly [string, Ended],
  { same, wait }: Extract<Step, { readonly does: "repeat" }>,
): Promise<void> {
  const { request } = ended;
  const other: Request =
    request.kind === "command" ? { ...request, type: "CountOn", said: { by: 7 }, ifVersion: undefined } : request;
  const isOfAnother = !same && request.kind === "command" && request.type !== "CountOn";
  const sent = await client.send(same ? request : other, { commandId, wait });
  expectTold(ended, await client.outcome(commandId));
  if (isOfAnother && wait !== "NONE") {
    expect(sent.status).toBe("ERROR BAD_USER_INPUT");
    return;
  }
  expectAnswer(ended, sent, { commandId, wait });
  await expectShown(model, client, request, sent.receipt);
}

interface Answered {
  readonly request: Request;
  readonly verdict: Verdict;
  readonly outcome: ToldOutcome;
  readonly sent: SentCommand;
}

/** What the model learns of an answer: where events stand. */
async function takeIn(model: CommandModel, client: ModelClient, answered: Answered): Promise<Ended> {
  const { request, verdict, outcome, sent } = answered;
  const transaction = outcome.transaction ?? undefined;
  const offsets = outcome.events.map(({ version }) => version);
  const ended = { request, verdict, offsets, transaction };
  if ("code" in verdict) return { ...ended, version: undefined };
  expect(outcome.rejection).toBeNull();
  if (request.kind === "invalidation") {
    const keys = model.keysOf(request.transaction).map(({ key }) => key);
    const shown = await Promise.all(
      keys.map(async (key) => [key, await client.document(request.topic, key, sent.receipt ?? undefined)] as const),
    );
    const versions = new Map(shown.map(([key, document]) => [key, document?._meta.version]));
    model.invalidate(request.transaction, request.reason, (key) => versions.get(key));
    return { ...ended, version: undefined };
  }
  expect(offsets).toHaveLength(verdict.events.length);
  for (const [index, { dropped, ...event }] of verdict.events.entries()) {
    const offset = offsets[index] ?? -1;
    if (dropped) expect(offset).toBe(model.stateOf(request.topic, event.key).version);
    else model.append(request.topic, event, offset, transaction);
  }
  if (request.kind === "transaction" && transaction !== undefined) model.transactions.push(transaction);
  return { ...ended, version: "key" in request ? model.stateOf(request.topic, request.key).version : undefined };
}

function expectTold({ request, verdict, offsets, version, transaction }: Ended, outcome: ToldOutcome): void {
  expect(outcome.status).toBe("code" in verdict ? "REJECTED" : "DECIDED");
  expect(outcome.rejection).toEqual(rejectionOf(verdict));
  expect(outcome.version ?? undefined).toBe(version);
  expect(outcome.transaction ?? undefined).toBe(transaction);
  expect(transaction === undefined).toBe(request.kind !== "transaction");
  if (request.kind === "invalidation") return;
  const events = "code" in verdict ? [] : verdict.events;
  expect(outcome.events).toEqual(
    events.map(({ key, type, dropped }, index) => ({
      id: key,
      type: type === "" ? null : `model.${type}`,
      dropped,
      version: offsets[index],
    })),
  );
}

function expectAnswer(
  { request, verdict, version }: Ended,
  sent: SentCommand,
  { commandId, wait }: { readonly commandId: string; readonly wait: Wait },
): void {
  const isRejected = "code" in verdict;
  const isEmpty = !isRejected && verdict.events.length === 0 && request.kind !== "invalidation";
  const decided = isRejected ? "REJECTED" : isEmpty ? "DECIDED" : wait;
  expect(sent).toMatchObject({ commandId, status: wait === "NONE" ? "ACCEPTED" : decided });
  expect(sent.receipt).toEqual(expect.any(String));
  if (wait === "NONE") return;
  expect(sent.rejection).toEqual(rejectionOf(verdict));
  if (!("key" in request)) return;
  expect(sent.id).toBe(request.key);
  expect(sent.version ?? undefined).toBe(version);
  if (request.kind !== "command") return;
  expect(sent.events).toEqual(isRejected ? [] : verdict.events.map((event) => shownEvent(request.topic, event)));
}

function expectDocument(model: CommandModel, request: Request, { status, document: shown }: SentCommand): void {
  if (!("key" in request) || status !== "PROJECTED" || request.kind === "tombstone") return;
  const { document } = model.stateOf(request.topic, request.key);
  expect(shown).toEqual(document === undefined ? null : shownColumns(request.topic, document));
}

async function expectShown(
  model: CommandModel,
  client: ModelClient,
  request: Request,
  receipt: string | null | undefined,
): Promise<void> {
  const keys =
    request.kind === "transaction"
      ? request.events.map(({ key }) => key)
      : request.kind === "invalidation"
        ? model.keysOf(request.transaction).map(({ key }) => key)
        : [request.key];
  for (const key of new Set(keys)) {
    const { document, version } = model.stateOf(request.topic, key);
    const shown = await client.document(request.topic, key, receipt ?? undefined);
    expect(shown).toEqual(
      document === undefined ? null : { ...shownColumns(request.topic, document), _meta: { version } },
    );
  }
}

/** A rejection as it is told. */
function rejectionOf(verdict: Verdict): object | null {
  return "code" in verdict ? { code: verdict.code, currentVersion: verdict.currentVersion ?? null } : null;
}
