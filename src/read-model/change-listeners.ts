import { type EventQLError, messageOf } from "../errors.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { ChangeListener, DocumentChange } from "./read-model.ts";

/** One who listens, and what it was promised. */
interface Entry {
  readonly listener: ChangeListener;
  /** It is told of changes after this position. */
  readonly since: string;
}

/** A listener's place among the others. */
export interface ListenerEntry {
  /** Everything up to here has been told to it, or was there before it came. */
  position(): string;
  remove(): void;
}

/**
 * Who wants to be told of changes, and how far all were told. Changes may be offered twice, as after an upstream was
 * opened again: each is told once. A listener that throws disturbs neither the others nor the teller.
 */
export class ChangeListeners {
  readonly #entries = new Set<Entry>();
  readonly #logger: Logger;
  #position = "";

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Everything up to here has been told; empty at first. */
  get position(): string {
    return this.#position;
  }

  /** Adds one that is told of changes after `since`. */
  add(listener: ChangeListener, since: string): ListenerEntry {
    const entry = { listener, since };
    this.#entries.add(entry);
    return {
      position: () => (this.#position > since ? this.#position : since),
      remove: () => void this.#entries.delete(entry),
    };
  }

  /** Whether changes of a collection are of use to one of them. */
  follow(collection: string): boolean {
    return [...this.#entries].some(({ listener }) => listener.follows?.(collection) ?? true);
  }

  tell(change: DocumentChange): void {
    if (change.position <= this.#position) return;
    // Before the listeners are told, so that a snapshot that one of them asks for isn't older than the change.
    this.#position = change.position;
    for (const { listener, since } of this.#entries)
      if (change.position > since) this.#guard(() => listener.changed(change));
  }

  /** Notes that there is nothing more to tell up to here. */
  reached(position: string): void {
    if (position > this.#position) this.#position = position;
  }

  /** Removes all listeners, and tells them why. */
  lose(error: EventQLError): void {
    const entries = [...this.#entries];
    this.#entries.clear();
    this.#position = "";
    for (const { listener } of entries) this.#guard(() => listener.lost(error));
  }

  #guard(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.#logger.error({ error: messageOf(error) }, "A listener to changes failed.");
    }
  }
}
