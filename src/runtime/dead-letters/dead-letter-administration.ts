import { EventQLError, errorCodes } from "../../errors.ts";
import type {
  DeadLetterAdministration,
  DeadLetterFilter,
  DeadLetterPage,
  RetriedLetters,
  RetryMany,
  SettleLetter,
  SettleWait,
  SettledLetter,
  ShownDeadLetter,
} from "../../model/dead-letter-administration.ts";
import { newId } from "../../model/new-id.ts";
import type { SettleAction, SettleOutcome, SettleRequest } from "../../model/settlement.ts";
import type { ReadModel } from "../../read-model/read-model.ts";
import { askSettlements, awaitOutcomes } from "../../read-model/settlement/ask-settlements.ts";
import { findRequests } from "../../read-model/settlement/requests.ts";
import { settlementScope } from "../../read-model/settlement/settlements.ts";
import { countWaiting, findLetters, lettersAt, lettersById } from "./find-letters.ts";
import { fixedValue } from "./fixed-value.ts";
import type { LetterTypes } from "./letter-types.ts";
import { type OwnedLetter, hidesAnything, placeOf, showLetter, shownReason } from "./show-letter.ts";

/** What administering dead letters needs. */
export interface DeadLetterAdministrationOptions extends LetterTypes {
  readonly readModel: Pick<ReadModel, "find" | "aggregate" | "openCheckpoint" | "commit">;
}

/** The longest id of a request, in UTF-16 code units. */
const MAX_REQUEST_ID = 200;

/** Makes what lists dead letters, and asks the owners of their partitions to settle them. */
export function createDeadLetterAdministration(options: DeadLetterAdministrationOptions): DeadLetterAdministration {
  return new RequestingAdministration(options);
}

class RequestingAdministration implements DeadLetterAdministration {
  readonly #options: DeadLetterAdministrationOptions;

  constructor(options: DeadLetterAdministrationOptions) {
    this.#options = options;
  }

  list: DeadLetterAdministration["list"] = async (filter, { first, after }): Promise<DeadLetterPage> => {
    const place = after === undefined ? undefined : placeOf(after);
    if (after !== undefined && place === undefined)
      throw new EventQLError("BAD_USER_INPUT", "after must be a cursor of this list: pass one on as it came.");
    const found = await findLetters(this.#options.readModel, filter, { limit: first + 1, after: place });
    return { letters: await this.#shown(found.slice(0, first)), hasMore: found.length > first };
  };

  async find(ids: readonly string[]): Promise<readonly ShownDeadLetter[]> {
    return await this.#shown(await lettersById(this.#options.readModel, ids));
  }

  async waitingBehind(letters: readonly ShownDeadLetter[]): Promise<ReadonlyMap<string, number>> {
    return await countWaiting(this.#options.readModel, letters);
  }

  async settle(asked: SettleLetter, { timeoutMs }: SettleWait): Promise<SettledLetter> {
    const { readModel } = this.#options;
    const requestId = checkedId(asked.requestId);
    const [letter] = await lettersById(readModel, [asked.id]);
    const repeated = await this.#isRepeated(requestId, asked);
    if (!repeated) await askSettlements(readModel, await this.#requests(requestId, letter, asked));
    const outcome = (await awaitOutcomes(readModel, [requestId], { timeoutMs })).get(requestId);
    if (outcome === undefined) return { requestId, status: "PENDING", applied: 0, waiting: 0 };
    const { status, ...became } = outcome;
    if (status === "REFUSED") throw refusal(outcome);
    return { requestId, status, ...became, ...(await this.#shownOutcome(outcome, letter)) };
  }

  async retryAll(
    filter: DeadLetterFilter,
    { first, timeoutMs, isPatient = false, onProgress }: RetryMany,
  ): Promise<RetriedLetters> {
    const { readModel } = this.#options;
    const found = await findLetters(readModel, { ...filter, waiting: false }, { limit: first + 1 });
    const requests = found.slice(0, first).map((letter) => requestOf(newId(), letter, "retry"));
    await askSettlements(readModel, requests);
    let done = 0;
    const onOutcomes = (came: ReadonlyMap<string, SettleOutcome>): void => {
      done += came.size;
      onProgress?.(done, ids.length);
    };
    // Builds that are made beside another one see to it when they take its place.
    const ids = requests.flatMap(({ id, projection }) => (isBeside(this.#options, projection) ? [] : [id]));
    const outcomes = [...(await awaitOutcomes(readModel, ids, { timeoutMs, isPatient, onOutcomes })).values()];
    const count = (status: SettleOutcome["status"]): number => outcomes.filter((each) => each.status === status).length;
    return {
      asked: ids.length,
      // Of one that is gone somebody else has seen to it meanwhile.
      settled: count("SETTLED") + count("REFUSED"),
      parked: count("PARKED"),
      failed: count("FAILED"),
      pending: ids.length - outcomes.length,
      applied: outcomes.reduce((sum, { applied }) => sum + applied, 0),
      hasMore: found.length > first,
    };
  }

  async #shown(letters: readonly OwnedLetter[]): Promise<readonly ShownDeadLetter[]> {
    const shown: ShownDeadLetter[] = [];
    for (const letter of letters) shown.push(await showLetter(this.#options, letter));
    return shown;
  }

  /** @throws EventQLError `BAD_USER_INPUT` where the id was used for something else. */
  async #isRepeated(requestId: string, { id, action }: SettleLetter): Promise<boolean> {
    const known = (await findRequests(this.#options.readModel, [requestId])).get(requestId)?.request;
    if (known === undefined) return false;
    if (known.letter === id && known.action === action) return true;
    throw new EventQLError(
      "BAD_USER_INPUT",
      `The request id ${requestId} was used to ${known.action} ${known.letter}: give another one.`,
    );
  }

  /** Of the letter, and of those that other builds of its projection have of the same event. */
  async #requests(
    requestId: string,
    letter: OwnedLetter | undefined,
    asked: SettleLetter,
  ): Promise<readonly SettleRequest[]> {
    if (letter === undefined)
      throw new EventQLError(
        "DEAD_LETTER_NOT_FOUND",
        `There is no dead letter ${asked.id}: it may be settled already.`,
      );
    const value = asked.action === "fix" ? await fixedValue(this.#options, letter, asked) : undefined;
    const scope = settlementScope(letter.projection);
    const beside = (await lettersAt(this.#options.readModel, letter)).filter(
      ({ id, projection }) => id !== letter.id && settlementScope(projection) === scope && sameEnding(id, letter),
    );
    return [
      requestOf(requestId, letter, asked.action, value),
      ...beside.map((other) => requestOf(`${requestId} ${other.projection}`, other, asked.action, value)),
    ];
  }

  async #shownOutcome(
    { letter, reason, code }: SettleOutcome,
    asked: OwnedLetter | undefined,
  ): Promise<{ reason?: string }> {
    if (reason === undefined || letter === undefined) return {};
    const [stands] = asked?.id === letter ? [asked] : await lettersById(this.#options.readModel, [letter]);
    const record = stands?.record ?? asked?.record;
    const hides = record === undefined || hidesAnything(this.#options, record);
    return { reason: shownReason({ code: codeOf(code), reason }, hides) };
  }
}

/** Whether a build isn't the one that is read. */
function isBeside({ catalog }: LetterTypes, build: string): boolean {
  const live = catalog.current().aggregates.map(({ projection }) => projection);
  return !live.includes(build) && live.some((name) => settlementScope(name) === settlementScope(build));
}

/** Letters of one position differ by their keys, where an invalidation could not be done for several. */
function sameEnding(id: string, letter: OwnedLetter): boolean {
  return id.slice(id.indexOf("/")) === letter.id.slice(letter.id.indexOf("/"));
}

function requestOf(
  id: string,
  { id: letter, projection, record }: OwnedLetter,
  action: SettleAction,
  value?: Uint8Array,
): SettleRequest {
  const { topic, partition, key } = record;
  return {
    id,
    projection,
    topic,
    partition,
    letter,
    ...(key !== null && { key: Buffer.from(key).toString() }),
    action,
    ...(value !== undefined && { value }),
  };
}

function checkedId(id: string | undefined): string {
  if (id === undefined) return newId();
  if (id.trim() !== "" && id.length <= MAX_REQUEST_ID) return id;
  throw new EventQLError("BAD_USER_INPUT", `requestId has ${id.length} characters: give 1 to ${MAX_REQUEST_ID}.`);
}

function refusal({ code, reason = "It was refused." }: SettleOutcome): EventQLError {
  return new EventQLError(codeOf(code), reason);
}

function codeOf(code: string | undefined): (typeof errorCodes)[number] {
  return errorCodes.find((known) => known === code) ?? "INTERNAL";
}
