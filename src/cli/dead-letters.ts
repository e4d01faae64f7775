import type { Flags } from "../config/sources.ts";
import { EventQLError } from "../errors.ts";
import type {
  DeadLetterAdministration,
  DeadLetterFilter,
  RetriedLetters,
  SettleLetter,
  SettledLetter,
  ShownDeadLetter,
} from "../model/dead-letter-administration.ts";
import { counted } from "./counted.ts";
import { letterJson, letterText, lettersTable } from "./dead-letters/format-letter.ts";
import { plainLines, plainText } from "./plain-text.ts";
import { createProgress } from "./progress.ts";
import { configOf, withStack } from "./session.ts";
import type { Terminal } from "./terminal.ts";

/** Exit codes. */
const SETTLED = 0;
const FAILED = 1;
const PENDING = 2;

/** How many letters are read at once, and listed where nothing is said. */
const PAGE = 500;
const LISTED = 1_000;

/** More letters than anybody has. */
const ALL = 10_000_000;

const WAIT_SECONDS = 10;

const NOBODY_YET =
  "It is stored, and nobody has seen to it yet: does a server with the role projector run? It is done as soon as one does.\n";

/** Lists dead letters. */
export async function listDeadLetters({ waiting, limit, json, ...flags }: Flags, terminal: Terminal): Promise<void> {
  const { filter, shared } = filterOf(flags);
  const most = limit === undefined ? LISTED : wholeNumber("limit", limit);
  await onLetters(shared, terminal, async (letters) => {
    const { stdout, stderr } = terminal;
    const wanted = waiting === true ? filter : { ...filter, waiting: false };
    const found: ShownDeadLetter[] = [];
    for (let after: string | undefined, hasMore = true; hasMore && found.length < most;) {
      const page = await letters.list(wanted, { first: Math.min(PAGE, most - found.length), after });
      found.push(...page.letters);
      hasMore = page.hasMore;
      after = page.letters.at(-1)?.cursor;
      if (json === true) for (const letter of page.letters) stdout.write(`${JSON.stringify(letterJson(letter))}\n`);
    }
    if (json === true) return;
    if (found.length === 0) stderr.write("There are no dead letters.\n");
    else stdout.write(lettersTable(found, stdout.isTTY === true ? stdout.columns : undefined));
  });
}

/** Shows a dead letter. @throws EventQLError `DEAD_LETTER_NOT_FOUND`. */
export async function showDeadLetter(id: string, { json, ...flags }: Flags, terminal: Terminal): Promise<void> {
  await onLetters(flags, terminal, async (letters) => {
    const [letter] = await letters.find([id]);
    if (letter === undefined)
      throw new EventQLError("DEAD_LETTER_NOT_FOUND", `There is no dead letter ${id}: it may be settled already.`);
    terminal.stdout.write(json === true ? `${JSON.stringify(letterJson(letter), undefined, 2)}\n` : letterText(letter));
  });
}

/** Retries a dead letter, or all that fit. Returns the process's exit code. */
export async function retryDeadLetters(id: string | undefined, flags: Flags, terminal: Terminal): Promise<number> {
  const { all, ...others } = flags;
  if (id !== undefined && all === true) throw bad("Give either a dead letter's id, or --all.");
  if (id !== undefined) return await settleDeadLetter({ id, action: "retry" }, others, terminal);
  if (all !== true) throw bad("Name a dead letter by its id, or retry all that fit with --all.");
  const { json, wait, requestId: _requestId, ...rest } = others;
  const { filter, shared } = filterOf(rest);
  const timeoutMs = waitOf(wait);
  return await onLetters(shared, terminal, async (letters) => {
    let progress: ReturnType<typeof createProgress> | undefined;
    const onProgress = (done: number, of: number): void => {
      progress ??= createProgress(of, terminal.stderr, "dead letters");
      progress.update(done, done);
    };
    // As long as it goes on.
    const retried = await letters.retryAll(filter, { first: ALL, timeoutMs, onProgress, isPatient: true });
    progress?.end();
    return tellRetried(retried, json === true, terminal);
  });
}

/** Puts another payload in the place of a dead letter's event. Returns the process's exit code. */
export async function fixDeadLetter(
  id: string,
  json: string | undefined,
  { type, bytes, ...flags }: Flags,
  terminal: Terminal,
): Promise<number> {
  const asked: SettleLetter = {
    id,
    action: "fix",
    payload: json === undefined ? undefined : parsed(json),
    bytes: typeof bytes === "string" ? new Uint8Array(Buffer.from(bytes, "base64")) : undefined,
    type: typeof type === "string" ? type : undefined,
  };
  return await settleDeadLetter(asked, flags, terminal);
}

/** Settles a dead letter. Returns the process's exit code. */
export async function settleDeadLetter(
  asked: SettleLetter,
  { json, wait, requestId, ...flags }: Flags,
  terminal: Terminal,
): Promise<number> {
  const timeoutMs = waitOf(wait);
  const request = typeof requestId === "string" ? { ...asked, requestId } : asked;
  return await onLetters(flags, terminal, async (letters) =>
    tellSettled(await letters.settle(request, { timeoutMs }), json === true, terminal),
  );
}

function tellSettled(settled: SettledLetter, asJson: boolean, { stdout, stderr }: Terminal): number {
  const { status, applied, waiting, letter, code, reason } = settled;
  if (asJson) stdout.write(`${JSON.stringify(settled)}\n`);
  if (status === "PENDING") {
    stderr.write(NOBODY_YET);
    return PENDING;
  }
  const waits = waiting === 0 ? "" : ` ${counted(waiting, "event")} of its key ${waiting === 1 ? "waits" : "wait"}.`;
  const why = plainLines(ended(`${code ?? ""}: ${reason ?? ""}`));
  if (status === "FAILED") stderr.write(`It can't be applied: ${why}${waits}\n`);
  else if (!asJson) stdout.write(`Settled: ${counted(applied, "event")} applied.\n`);
  if (status === "PARKED") stderr.write(`The key waits for ${plainText(letter ?? "")} now: ${why}${waits}\n`);
  return status === "SETTLED" ? SETTLED : FAILED;
}

/** A rule's error is told in its own words, which may have no full stop. */
function ended(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function tellRetried(retried: RetriedLetters, asJson: boolean, { stdout, stderr }: Terminal): number {
  const { asked, settled, parked, failed, pending, applied } = retried;
  if (asJson) stdout.write(`${JSON.stringify(retried)}\n`);
  else if (asked === 0) stderr.write("There are no such dead letters.\n");
  else {
    stdout.write(
      `${counted(asked, "dead letter")} retried: ${settled} settled, ${counted(applied, "event")} applied.\n`,
    );
    if (failed > 0) stderr.write(`${failed} can't be applied still.\n`);
    if (parked > 0) stderr.write(`${parked} settled, and an event behind each is a dead letter now.\n`);
  }
  if (pending > 0) stderr.write(`${pending} not seen to yet. ${NOBODY_YET}`);
  if (failed + parked > 0) return FAILED;
  return pending > 0 ? PENDING : SETTLED;
}

async function onLetters<T>(
  flags: Flags,
  terminal: Terminal,
  use: (letters: DeadLetterAdministration) => Promise<T>,
): Promise<T> {
  const config = await configOf(flags, terminal);
  return await withStack(config, terminal, async ({ readModel, registry }) => {
    const { createCodec } = await import("../catalog/codec/create-codec.ts");
    const { createDeadLetterAdministration } = await import("../runtime/dead-letters/dead-letter-administration.ts");
    const { deadLetterCollections } = await import("../read-model/dead-letters.ts");
    const { requestCollections } = await import("../read-model/settlement/requests.ts");
    const { gatherCatalog } = await import("./gather-catalog.ts");
    const { catalog } = await gatherCatalog(registry, config);
    await readModel.ensureCollections([...deadLetterCollections, ...requestCollections]);
    const codec = createCodec(registry, () => catalog);
    return await use(createDeadLetterAdministration({ readModel, codec, catalog: { current: () => catalog } }));
  });
}

function filterOf({ topic, projection, key, code, ...shared }: Flags): {
  readonly filter: DeadLetterFilter;
  readonly shared: Flags;
} {
  const filter = {
    ...(typeof topic === "string" && { topic }),
    ...(typeof projection === "string" && { projection }),
    ...(typeof key === "string" && { key }),
    ...(typeof code === "string" && { code }),
  };
  return { filter, shared };
}

function waitOf(wait: Flags[string]): number {
  return 1_000 * (wait === undefined ? WAIT_SECONDS : wholeNumber("wait", wait));
}

function wholeNumber(flag: string, value: Flags[string]): number {
  const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  throw bad(`--${flag} is ${JSON.stringify(value)}: give a whole number.`);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw bad('The payload is no JSON: give the event\'s fields, such as {"first_name":"first"}.');
  }
}

function bad(message: string): EventQLError {
  return new EventQLError("BAD_USER_INPUT", message);
}
