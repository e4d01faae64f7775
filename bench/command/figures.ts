import { z } from "zod";

/** What a load measured. */
export interface CommandFigures {
  readonly perSecond: number;
  /** ms from the sending of a command to its outcome. */
  readonly p50: number;
  readonly p99: number;
  /** The longest time, in ms, in which a partition decided nothing. */
  readonly longestGap: number;
}

/** What a load prints at its end. */
export const Figures: z.ZodType<CommandFigures> = z.object({
  perSecond: z.number(),
  p50: z.number(),
  p99: z.number(),
  longestGap: z.number(),
});

/** How a load sends: so many a second, whether or not earlier ones are answered. */
export interface Pace {
  readonly rate: number;
  /** ms that are not measured, then those that are. */
  readonly warmUpMs: number;
  readonly measuredMs: number;
}

const TICK_MS = 5;

/** Collects the latencies of a load, and the gaps between answers. */
export class Recorder {
  readonly #latencies: number[] = [];
  readonly #last = new Map<number, number>();
  #longestGap = 0;
  #from = 0;

  /** From now on what is answered counts. */
  begin(): void {
    this.#from = performance.now();
  }

  /** A command of a partition that was sent at `started` is decided. */
  decided(started: number, partition: number): void {
    const now = performance.now();
    if (this.#from === 0) return;
    this.#longestGap = Math.max(this.#longestGap, now - (this.#last.get(partition) ?? this.#from));
    this.#last.set(partition, now);
    if (started >= this.#from) this.#latencies.push(now - started);
  }

  /** What was measured until now. */
  figures(): CommandFigures {
    const seconds = (performance.now() - this.#from) / 1_000;
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
    return { perSecond: sorted.length / seconds, p50: at(0.5), p99: at(0.99), longestGap: this.#longestGap };
  }
}

/** Calls `send` with growing numbers at a steady pace; resolves when every call is done. Calls must not reject. */
export async function keepPace(
  { rate, warmUpMs, measuredMs }: Pace,
  recorder: Recorder,
  send: (number: number) => Promise<void>,
): Promise<CommandFigures> {
  const begun = performance.now();
  const under = new Set<Promise<void>>();
  const finished = Promise.withResolvers<undefined>();
  let sent = 0;
  let measuring = false;
  const timer = setInterval(() => {
    const elapsed = performance.now() - begun;
    if (!measuring && elapsed >= warmUpMs) {
      measuring = true;
      recorder.begin();
    }
    if (elapsed >= warmUpMs + measuredMs) return finished.resolve(undefined);
    for (const due = (elapsed / 1_000) * rate; sent < due; sent += 1) {
      const call = send(sent).finally(() => under.delete(call));
      under.add(call);
    }
  }, TICK_MS);
  await finished.promise;
  clearInterval(timer);
  const atEnd = recorder.figures();
  await Promise.all(under);
  // What was answered late counts among the latencies, but not in the rate.
  return { ...recorder.figures(), perSecond: atEnd.perSecond };
}
