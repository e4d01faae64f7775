import type { ExecutionResult } from "graphql";
import type { Plugin } from "graphql-yoga";
import { EventQLError } from "../../errors.ts";

/** The streams of results under way, so that they can be ended when the server stops. */
export interface OpenStreams {
  readonly plugin: Plugin;
  /** Ends all of them with `SHUTTING_DOWN`, and those that begin later at once. */
  endAll(): void;
}

/** Watches over every stream that the engine begins. */
export function createOpenStreams(): OpenStreams {
  const open = new Set<EndableStream>();
  let isEnding = false;
  return {
    plugin: {
      onSubscribe: () => ({
        onSubscribeResult({ result, setResult }) {
          if (!(Symbol.asyncIterator in result)) return;
          const stream = new EndableStream(result[Symbol.asyncIterator](), () => open.delete(stream));
          open.add(stream);
          if (isEnding) stream.end();
          setResult(stream);
        },
      }),
    },
    endAll() {
      isEnding = true;
      for (const stream of open) stream.end();
    },
  };
}

type Step = IteratorResult<ExecutionResult, undefined>;

const DONE: Step = { done: true, value: undefined };

/**
 * Passes a stream's results on until it is ended, be it by the client or by the server: neither waits for the next
 * result, as a generator's own `return` would.
 */
class EndableStream implements AsyncIterableIterator<ExecutionResult, undefined> {
  readonly #source: AsyncIterator<ExecutionResult>;
  readonly #onClose: () => void;
  #waiting: PromiseWithResolvers<Step> | undefined;
  #isClosed = false;
  #shutdown: EventQLError | undefined;

  constructor(source: AsyncIterator<ExecutionResult>, onClose: () => void) {
    this.#source = source;
    this.#onClose = onClose;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Step> {
    if (this.#shutdown !== undefined) throw this.#takeShutdown(this.#shutdown);
    if (this.#isClosed) return DONE;
    const waiting = (this.#waiting = Promise.withResolvers<Step>());
    void this.#pull(waiting);
    return await waiting.promise;
  }

  return(): Promise<Step> {
    this.#close();
    this.#waiting?.resolve(DONE);
    return Promise.resolve(DONE);
  }

  /** The next that is asked for is the error, then nothing more. */
  end(): void {
    if (this.#isClosed) return;
    const error = new EventQLError("SHUTTING_DOWN", "The server is stopping: subscribe again in a moment.");
    this.#close();
    if (this.#waiting === undefined) this.#shutdown = error;
    else this.#waiting.reject(error);
  }

  async #pull(waiting: PromiseWithResolvers<Step>): Promise<void> {
    try {
      const step = await this.#source.next();
      if (step.done === true) this.#leave();
      waiting.resolve(step.done === true ? DONE : step);
    } catch (error) {
      this.#leave();
      waiting.reject(error);
    } finally {
      if (this.#waiting === waiting) this.#waiting = undefined;
    }
  }

  #takeShutdown(error: EventQLError): EventQLError {
    this.#shutdown = undefined;
    return error;
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#leave();
    void this.#closeSource();
  }

  async #closeSource(): Promise<void> {
    try {
      await this.#source.return?.();
    } catch {
      // The client is gone, or is told already that the server stops: there is nobody to tell.
    }
  }

  #leave(): void {
    this.#isClosed = true;
    this.#onClose();
  }
}
