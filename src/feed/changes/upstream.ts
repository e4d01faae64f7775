import { type EventQLError, messageOf } from "../../errors.ts";
import type { DocumentChange, ReadModel } from "../../read-model/read-model.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { SharedWatch } from "./shared-watch.ts";

/** What an upstream is made of. */
export interface UpstreamOptions {
  readonly readModel: Pick<ReadModel, "watchChanges">;
  readonly logger: Logger;
  /** How long the watch goes on after its last user, in ms. */
  readonly lingerMs: number;
  readonly tell: (change: DocumentChange) => void;
  readonly onLost: (error: EventQLError) => void;
}

/** The one watch of a feed: begun for the first who uses it, ended a while after the last. */
export class Upstream {
  readonly #options: UpstreamOptions;
  #users = 0;
  #current: { readonly watch: SharedWatch; readonly opened: Promise<void> } | undefined;
  #linger: NodeJS.Timeout | undefined;

  constructor(options: UpstreamOptions) {
    this.#options = options;
  }

  /**
   * The running watch, or a new one. Each call, also one that fails, is matched by a {@link release}. The watch may have
   * been lost meanwhile.
   * @throws EventQLError `READ_MODEL_UNAVAILABLE`.
   */
  async acquire(): Promise<SharedWatch> {
    this.#users++;
    clearTimeout(this.#linger);
    if (this.#current?.watch.lostBy !== undefined) this.#current = undefined;
    this.#current ??= this.#open();
    const { watch, opened } = this.#current;
    await opened;
    return watch;
  }

  release(): void {
    if (--this.#users > 0) return;
    this.#linger = setTimeout(() => void this.stop(), this.#options.lingerMs);
    this.#linger.unref();
  }

  /** Ends the watch, also one that is being opened. May be repeated. */
  async stop(): Promise<void> {
    clearTimeout(this.#linger);
    const stopping = this.#current;
    this.#current = undefined;
    try {
      await stopping?.opened;
      await stopping?.watch.stop();
    } catch (error) {
      this.#options.logger.warn({ error: messageOf(error) }, "The watch of changes could not be ended.");
    }
  }

  #open(): { readonly watch: SharedWatch; readonly opened: Promise<void> } {
    const { readModel, tell, onLost } = this.#options;
    const watch = new SharedWatch(tell, onLost);
    const opened = readModel.watchChanges(watch).then((handle) => watch.opened(handle));
    opened.catch(() => {
      if (this.#current?.watch === watch) this.#current = undefined;
    });
    return { watch, opened };
  }
}
