import type { EventQLError } from "../errors.ts";
import type { Logger } from "../telemetry/logger.ts";
import { untilAborted } from "./retry.ts";

/** Whether a partition goes on, and why not. */
export class Halting {
  readonly #logger: Logger;
  #halt: { readonly error: EventQLError; readonly over: PromiseWithResolvers<void> } | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Why it goes no further; undefined: it does. */
  get reason(): EventQLError | undefined {
    return this.#halt?.error;
  }

  /** Whether what is done between batches may let it go on: where too many keys are parked, some of them may be settled. */
  get mayEnd(): boolean {
    return this.#halt?.error.code === "TOO_MANY_PARKED";
  }

  begin(reason: EventQLError): void {
    this.#halt = { error: reason, over: Promise.withResolvers() };
    this.#logger.error({ code: reason.code }, reason.message);
  }

  end(): void {
    this.#logger.info({ code: this.#halt?.error.code }, "the partition goes on");
    this.#halt?.over.resolve();
    this.#halt = undefined;
  }

  /** Resolves when it goes on. @throws the signal's reason */
  async over(signal: AbortSignal): Promise<void> {
    if (this.#halt !== undefined) await Promise.race([this.#halt.over.promise, untilAborted(signal)]);
  }
}
