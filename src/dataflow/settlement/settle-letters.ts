import { isEventQLError } from "../../errors.ts";
import type { SettleOutcome } from "../../model/settlement.ts";
import type { LogRecord } from "../../model/event.ts";
import {
  DEAD_LETTERS,
  type Fault,
  PARKED_KEYS,
  type StoredLetter,
  deadLetter,
  ofPartition,
  readDeadLetter,
} from "../../read-model/dead-letters.ts";
import type { CollectionWrites } from "../../read-model/read-model.ts";
import {
  type LetterQueue,
  type QueueLimits,
  type Settling,
  queueOf,
} from "../../read-model/settlement/letter-queue.ts";
import { type SettlementPlan, planSettlement } from "../../read-model/settlement/plan-settlement.ts";
import { stepWrites } from "../../read-model/settlement/requests.ts";
import { type Outcome, isSetAside } from "../outcome.ts";
import { type StreamItem, decodeItems } from "../stream-item.ts";
import { workByCatalog } from "../stream-worker.ts";
import { type AskedTurn, commitTurn } from "./settle-turn.ts";
import { type LetterWriter, openLetterWriter } from "./written-letters.ts";

/** Letters that are worked on in one transaction, at the most, and the bytes of their values. */
const MOST: QueueLimits = { events: 500, bytes: 1024 * 1024 };

/** How many of a queue's events were worked on, and why the next one wasn't. */
interface Tried {
  readonly applied: number;
  readonly fault: Fault | undefined;
}

/**
 * Settles a letter and works on what waited behind it, as far as one transaction takes it. False: the partition is lost.
 * @throws what the stores, the log and the registry do.
 */
export async function settleKey(turn: AskedTurn, key: string, settling: Settling | undefined): Promise<boolean> {
  return await writing(turn, async (writer) => {
    const letters = await lettersOf(turn, key);
    const queue = queueOf(letters, settling, MOST);
    const tried = await workOnQueue(turn, writer, queue);
    return await commitQueue(turn, writer, { key, settling, queue, tried });
  });
}

/** Settles a letter of a record without a valid key, behind which nothing waits. False: the partition is lost. */
export async function settleKeyless(turn: AskedTurn, letter: StoredLetter, settling: Settling): Promise<boolean> {
  return await writing(turn, async (writer) => {
    const queue = queueOf([letter], settling, MOST);
    const { fault, applied } = await workOnQueue(turn, writer, queue);
    const settled = fault === undefined ? [letter.id] : [];
    const replacements =
      fault === undefined || settling.action === "fix"
        ? []
        : [{ ...deadLetter(turn.stream.name, letter.record, fault, false), _id: letter.id }];
    const outcome: SettleOutcome =
      fault === undefined
        ? { status: "SETTLED", applied, waiting: 0 }
        : { status: "FAILED", applied: 0, waiting: 0, letter: letter.id, ...fault };
    const letters = { collection: DEAD_LETTERS, inserts: [], replacements, deletions: settled };
    return await commitTurn(turn, [letters, stepWrites(turn.request, applied, outcome)], writer.removed(applied));
  });
}

async function writing(turn: AskedTurn, work: (writer: LetterWriter) => Promise<boolean>): Promise<boolean> {
  const writer = await openLetterWriter(turn);
  try {
    return await work(writer);
  } finally {
    await writer.close();
  }
}

async function lettersOf({ services, stream, of }: AskedTurn, key: string): Promise<readonly StoredLetter[]> {
  const filter = { ...ofPartition(stream.name, of), key: Buffer.from(key) };
  const options = { filter, sort: { offset: 1 }, limit: MOST.events + 2 } as const;
  const found = await services.readModel.find(DEAD_LETTERS, options);
  return found.flatMap((stored) => readDeadLetter(stored) ?? []);
}

/** Works on the events of a queue, and writes what they lead to. What was written before isn't worked on again. */
async function workOnQueue(turn: AskedTurn, writer: LetterWriter, { events }: LetterQueue): Promise<Tried> {
  const ahead = Math.min(writer.ahead, events.length);
  const items = await decode(
    turn,
    events.slice(ahead).map(({ record }) => record),
  );
  const fresh = { parked: new Map<string, number>(), aside: new Set<number>() };
  const { services, stream, ends } = turn;
  const outcomes = await workByCatalog({ services, stream, ends }, fresh, items);
  if (outcomes.length < items.length) ends.stopping.throwIfAborted();
  const first = outcomes.findIndex(isSetAside);
  const done = first < 0 ? outcomes : outcomes.slice(0, first);
  const failed = outcomes[first];
  const { written, tooLarge } = await writeDone(writer, done);
  const fault = tooLarge ?? (failed !== undefined && isSetAside(failed) ? failed.fault : undefined);
  return { applied: ahead + written, fault };
}

/** Writes what events lead to: as many of them at once as the log takes. */
async function writeDone(
  writer: LetterWriter,
  done: readonly Outcome[],
): Promise<{ readonly written: number; readonly tooLarge?: Fault }> {
  const outputs = done.flatMap((outcome) => (isSetAside(outcome) ? [] : outcome.outputs));
  try {
    await writer.write(outputs, done.length);
    return { written: done.length };
  } catch (error) {
    if (!isEventQLError(error, "EVENT_TOO_LARGE")) throw error;
    if (done.length === 1) return { written: 0, tooLarge: { code: error.code, reason: error.message } };
    const middle = Math.ceil(done.length / 2);
    const first = await writeDone(writer, done.slice(0, middle));
    if (first.tooLarge !== undefined) return first;
    const second = await writeDone(writer, done.slice(middle));
    return { ...second, written: first.written + second.written };
  }
}

async function decode({ services, stream }: AskedTurn, records: readonly LogRecord[]): Promise<readonly StreamItem[]> {
  for (;;) {
    const { items, unprepared } = decodeItems(services.codec, stream, records);
    if (unprepared.length === 0) return items;
    for (const { topic, schemaId } of unprepared) await services.codec.prepare(topic, schemaId);
  }
}

interface WorkedQueue {
  readonly key: string;
  readonly settling: Settling | undefined;
  readonly queue: LetterQueue;
  readonly tried: Tried;
}

async function commitQueue(turn: AskedTurn, writer: LetterWriter, worked: WorkedQueue): Promise<boolean> {
  const { request, stream, of, session } = turn;
  const { key, settling, queue, tried } = worked;
  const waiting = await waitingBehind(turn, worked);
  const isParked = session.stored.keys.has(key);
  const plan = planSettlement({ projection: stream.name, of, key, queue, settling, ...tried, waiting, isParked });
  const outcome = plan.outcome && { ...plan.outcome, applied: request.applied + plan.applied };
  const writes: readonly CollectionWrites[] = [
    { collection: DEAD_LETTERS, ...plan.letters },
    { collection: PARKED_KEYS, ...plan.parked },
    stepWrites(request, plan.applied, outcome),
  ];
  if (!(await commitTurn(turn, writes, writer.removed(tried.applied)))) return false;
  keepUp(turn, key, plan, queue);
  return true;
}

/** What is held of the partition keeps up with what is stored. */
function keepUp({ session }: AskedTurn, key: string, plan: SettlementPlan, { rest, events }: LetterQueue): void {
  const { stored, parked } = session;
  if (plan.isFreed) {
    parked.delete(key);
    session.stored = { ...stored, keys: new Set([...stored.keys].filter((each) => each !== key)) };
    return;
  }
  const first = events[plan.applied]?.record ?? rest?.record;
  if (first !== undefined) parked.set(key, first.offset);
  session.stored = { ...stored, keys: new Set([...stored.keys, key]) };
}

/** How many events of the key wait that aren't in the queue. */
async function waitingBehind(
  { services, stream, of }: AskedTurn,
  { key, queue: { rest, events } }: WorkedQueue,
): Promise<number> {
  if (rest === undefined) return 0;
  const filter = { ...ofPartition(stream.name, of), key: Buffer.from(key), waiting: true };
  const pipeline = [{ $match: filter }, { $count: "letters" }];
  const [counted] = await services.readModel.aggregate(DEAD_LETTERS, pipeline);
  const all = counted?.["letters"];
  return (typeof all === "number" ? all : 0) - events.filter(({ letter }) => letter.waiting).length;
}
