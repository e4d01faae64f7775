import type { CopiesOptions } from "./copies-passed.ts";

/**
 * A log that is asked once for all who want to know the same at a time. No answer is older than the question: who asks while
 * the same is asked shares the next one.
 */
export function sharedReads(log: CopiesOptions["log"]): CopiesOptions["log"] {
  const committed = new SharedCalls<Awaited<ReturnType<typeof log.committed>>>();
  const offsets = new SharedCalls<Awaited<ReturnType<typeof log.offsets>>>();
  const ranges = new SharedCalls<Awaited<ReturnType<typeof log.readRange>>>();
  return {
    committed: async (name, topic) =>
      await committed.of(`${name} ${topic}`, async () => await log.committed(name, topic)),
    offsets: async (topic, options) =>
      await offsets.of(JSON.stringify([topic, options]), async () => await log.offsets(topic, options)),
    readRange: async ({ timeoutMs, ...part }) =>
      await ranges.of(JSON.stringify(part), async () => {
        return await log.readRange({ ...part, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
      }),
  };
}

class SharedCalls<T> {
  readonly #running = new Map<string, Promise<T>>();
  readonly #next = new Map<string, Promise<T>>();

  async of(key: string, run: () => Promise<T>): Promise<T> {
    const running = this.#running.get(key);
    if (running === undefined) return await this.#start(key, run);
    const next = this.#next.get(key) ?? this.#after(running, key, run);
    this.#next.set(key, next);
    return await next;
  }

  async #after(running: Promise<T>, key: string, run: () => Promise<T>): Promise<T> {
    await Promise.allSettled([running]);
    this.#next.delete(key);
    return await this.#start(key, run);
  }

  async #start(key: string, run: () => Promise<T>): Promise<T> {
    const started = run();
    this.#running.set(key, started);
    try {
      return await started;
    } finally {
      if (this.#running.get(key) === started) this.#running.delete(key);
    }
  }
}
