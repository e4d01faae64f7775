import { Presets, SingleBar } from "cli-progress";
import type { Output } from "./terminal.ts";

/** Shows how far a long job is. */
export interface Progress {
  /** `done` of the total; `events` so far. */
  update(done: number, events: number): void;
  end(): void;
}

/** A bar on a terminal, else nothing. `total` in bytes; undefined: not known beforehand. `what`: is counted. */
export function createProgress(total: number | undefined, { isTTY }: Output, what = "events"): Progress {
  if (isTTY !== true || total === undefined) return { update: () => {}, end: () => {} };
  const bar = new SingleBar(
    { format: `{bar} {percentage}%  {events} ${what}  {eta_formatted} left`, clearOnComplete: true, hideCursor: true },
    Presets.shades_classic,
  );
  bar.start(total, 0, { events: 0 });
  return {
    update: (done, events) => {
      bar.update(done, { events });
    },
    end: () => {
      bar.stop();
    },
  };
}
