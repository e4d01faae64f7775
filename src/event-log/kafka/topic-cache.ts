import { isEventQLError } from "../../errors.ts";
import { topicNotFound } from "./failures.ts";
import type { KafkaAdmin, TopicSettings } from "./kafka-admin.ts";

const FRESH_MS = 60_000;

/** The settings of the topics appended to. They are read again now and then, while the known ones serve. */
export class TopicCache {
  readonly #admin: KafkaAdmin;
  readonly #topics = new Map<string, { settings: Promise<TopicSettings>; staleAt: number }>();

  constructor(admin: KafkaAdmin) {
    this.#admin = admin;
  }

  /**
   * A topic's settings. Continuations of calls run in the calls' order.
   * @throws EventQLError `TOPIC_NOT_FOUND`, `EVENT_LOG_UNAVAILABLE`
   */
  get(name: string): Promise<TopicSettings> {
    const known = this.#topics.get(name);
    if (known === undefined) return this.#load(name);
    if (known.staleAt <= Date.now()) void this.#refresh(name, known);
    return known.settings;
  }

  /** Reads a topic's settings anew when they are wanted the next time. */
  forget(name: string): void {
    this.#topics.delete(name);
  }

  #load(name: string): Promise<TopicSettings> {
    const settings = this.#read(name);
    const entry = { settings, staleAt: Date.now() + FRESH_MS };
    this.#topics.set(name, entry);
    settings.catch(() => {
      if (this.#topics.get(name) === entry) this.#topics.delete(name);
    });
    return settings;
  }

  async #refresh(name: string, known: { settings: Promise<TopicSettings>; staleAt: number }): Promise<void> {
    known.staleAt = Date.now() + FRESH_MS;
    const settings = this.#read(name);
    try {
      await settings;
      this.#topics.set(name, { settings, staleAt: known.staleAt });
    } catch (error) {
      // While the log can't be asked, the known settings serve on.
      if (isEventQLError(error, "TOPIC_NOT_FOUND")) this.#topics.delete(name);
    }
  }

  async #read(name: string): Promise<TopicSettings> {
    const [settings] = await this.#admin.settings([name]);
    if (settings === undefined) throw topicNotFound(name);
    return settings;
  }
}
