import type { ExecutionResult, GraphQLError } from "graphql";

type Step = IteratorResult<ExecutionResult, undefined>;

const DONE: Step = { done: true, value: undefined };

/**
 * A stream that yields nothing: its results go another way. It tells the protocol when the operation is over, and the
 * operation when the client wants no more.
 */
export class SilentStream implements AsyncIterableIterator<ExecutionResult, undefined> {
  readonly #onReturn: () => void;
  readonly #over = Promise.withResolvers<Step>();

  /** `onReturn` is called when the client, or the socket's end, ends the operation. */
  constructor(onReturn: () => void = () => {}) {
    this.#onReturn = onReturn;
    // Nobody may be listening yet when it fails.
    this.#over.promise.catch(() => {});
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Step> {
    return await this.#over.promise;
  }

  /** Never waits. */
  return(): Promise<Step> {
    this.#over.resolve(DONE);
    this.#onReturn();
    return Promise.resolve(DONE);
  }

  /** The operation is over: it failed where there are errors, and is complete otherwise. */
  end(errors: readonly GraphQLError[]): void {
    if (errors.length > 0) this.#over.reject(new AggregateError(errors));
    else this.#over.resolve(DONE);
  }
}
