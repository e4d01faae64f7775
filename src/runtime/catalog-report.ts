import type { KnownFault } from "../catalog/live-catalog.ts";
import type { Catalog, SkippedSubject } from "../catalog/types.ts";
import type { Logger } from "../telemetry/logger.ts";

/** Subjects that were left out which the log names: a registry that many share may have hundreds. */
const NAMED_SKIPPED = 10;

/** Logs subjects that were left out. */
export function reportSkipped(skipped: readonly SkippedSubject[], logger: Logger): void {
  for (const each of skipped.slice(0, NAMED_SKIPPED)) logger.warn({ ...each }, "subject left out");
  const more = skipped.length - NAMED_SKIPPED;
  if (more > 0) logger.warn({ more }, "more subjects are left out: /readyz names them all");
}

/** Logs what another catalog changes: what came, what went, and what is left out now. */
export function reportChange(next: Catalog, before: Catalog, logger: Logger): void {
  const known = new Set(before.skipped.map(({ subject }) => subject));
  reportSkipped(
    next.skipped.filter(({ subject }) => !known.has(subject)),
    logger,
  );
  if (next.aggregates === before.aggregates) return;
  const [now, was] = [namesOf(next), namesOf(before)];
  const added = now.filter((name) => !was.includes(name));
  const removed = was.filter((name) => !now.includes(name));
  logger.info(
    { generation: next.generation, added, removed },
    "the registry changed: the API is that of its schemas now",
  );
}

/** Logs each fault when it is first met, and once when it is mended. */
export class FaultReport {
  readonly #logger: Logger;
  #known: ReadonlyMap<string, KnownFault> = new Map();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  update(faults: readonly KnownFault[]): void {
    const now = new Map(faults.map((fault) => [`${fault.topic ?? ""}\n${fault.reason}`, fault]));
    for (const [key, { code, topic, reason }] of now) {
      const scope = topic === undefined ? "the API stays as it was" : "the topic keeps what it had";
      if (!this.#known.has(key))
        this.#logger.error({ code, topic, reason }, `new schemas can't be taken over: ${scope}`);
    }
    for (const [key, { topic, reason }] of this.#known) {
      if (!now.has(key)) this.#logger.info({ topic, reason }, "a problem of the schemas is mended");
    }
    this.#known = now;
  }
}

function namesOf({ aggregates }: Catalog): readonly string[] {
  return aggregates.flatMap(({ name, eventTypes }) => [name, ...eventTypes.map((type) => `${name}.${type.name}`)]);
}
