import type { Db } from "mongodb";
import { EventQLError } from "../../errors.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { cursorExpired } from "../change-errors.ts";
import { ChangeListeners } from "../change-listeners.ts";
import type { ChangeListener, ChangeWatch } from "../read-model.ts";
import { eventPosition, reachedPosition, timeAfter, timePosition } from "./change-position.ts";
import { ALL_EVENTS, type DocumentEvent, type DocumentStream, openDocumentStream, toChange } from "./change-stream.ts";
import { clusterNow } from "./cluster-time.ts";
import { keepRunning } from "./keep-running.ts";
import { toChangeError } from "./mongo-error.ts";

/** ms: bounds how old the position of a quiet stream is, and how long it takes to end one. */
const MAX_AWAIT_MS = 500;

/** What the upstream needs of its surroundings. */
export interface ChangeUpstreamOptions {
  readonly db: Db;
  readonly logger: Logger;
}

/**
 * One change stream on the database for all listeners of the process. It begins with the first, ends with the last, and
 * goes on by itself after an error where it was; where it can't, all listeners are lost.
 *
 * It isn't one with the stream of checkpoints: that runs in every process that waits for projections, which would then
 * receive every document though nobody listens.
 */
export class ChangeUpstream {
  readonly #db: Db;
  readonly #logger: Logger;
  readonly #listeners: ChangeListeners;
  #running: { readonly stop: () => Promise<void> } | undefined;
  #closed = false;

  constructor({ db, logger }: ChangeUpstreamOptions) {
    this.#db = db;
    this.#logger = logger;
    this.#listeners = new ChangeListeners(logger);
  }

  /** Everything up to here has been told; empty before anything was. */
  get position(): string {
    return this.#listeners.position;
  }

  /** The watch begins at the time of the call: the stream starts there whenever it is opened. */
  async watch(listener: ChangeListener): Promise<ChangeWatch> {
    const since = timePosition((await clusterNow(this.#db)).time);
    if (this.#closed)
      throw new EventQLError("READ_MODEL_UNAVAILABLE", "The read model has been closed: the server is shutting down.");
    const entry = this.#listeners.add(listener, since);
    if (this.#running === undefined) {
      this.#listeners.reached(since);
      this.#running = this.#start();
    }
    return {
      position: () => entry.position(),
      stop: async () => {
        entry.remove();
        if (this.#listeners.size === 0) await this.#stop();
      },
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#stop();
  }

  async #stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.stop();
  }

  #start(): { readonly stop: () => Promise<void> } {
    const abort = new AbortController();
    const { signal } = abort;
    const onError = (error: unknown): void => this.#onError(toChangeError(error), abort);
    const ended = keepRunning(async (alive) => this.#run(signal, alive), { signal, onError });
    return {
      async stop() {
        abort.abort();
        await ended;
      },
    };
  }

  async #run(signal: AbortSignal, alive: () => void): Promise<void> {
    const from = timeAfter(this.#listeners.position);
    const stream = openDocumentStream(this.#db, { events: ALL_EVENTS, from, maxAwaitTimeMS: MAX_AWAIT_MS });
    const close = async (): Promise<void> => stream.close().catch(() => {});
    const onAbort = (): void => void close();
    signal.addEventListener("abort", onAbort);
    try {
      while (!signal.aborted) {
        this.#take(await stream.tryNext(), stream);
        alive();
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      await close();
    }
  }

  #take(event: DocumentEvent | null, stream: DocumentStream): void {
    if (event === null) {
      if (stream.closed) throw cursorExpired("MongoDB ended the change stream");
      this.#listeners.reached(reachedPosition(stream.resumeToken));
      return;
    }
    const position = eventPosition(event._id);
    // The stream starts at a time, of which some events may have been told already.
    if (position <= this.#listeners.position) return;
    const isOfNoUse = event.operationType === "drop" && !this.#listeners.follow(event.ns.coll);
    const change = isOfNoUse ? undefined : toChange(event);
    if (change === undefined) this.#listeners.reached(position);
    else this.#listeners.tell(change);
  }

  /** What isn't of the connection would come again and again: the listeners are lost. */
  #onError(error: EventQLError, abort: AbortController): void {
    if (error.code === "READ_MODEL_UNAVAILABLE") {
      this.#logger.warn({ error: error.message }, "The change stream of documents broke; it is opened again.");
      return;
    }
    this.#logger.error({ error: error.message }, "The change stream of documents can't go on: its listeners are lost.");
    abort.abort();
    this.#running = undefined;
    this.#listeners.lose(error.code === "CURSOR_EXPIRED" ? error : cursorExpired(error.message, error));
  }
}
