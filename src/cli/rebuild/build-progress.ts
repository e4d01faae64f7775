import { Presets, SingleBar } from "cli-progress";
import type { BuildProgress } from "../../model/builds.ts";
import type { Output } from "../terminal.ts";

/** Shows how far a build is. */
export interface ShownProgress {
  update(progress: BuildProgress): void;
  end(): void;
}

/** ms between two lines where there is no terminal: what takes less needs none. */
const LINE_MS = 5_000;

/** A bar on a terminal, else a line from time to time. */
export function showProgress(name: string, output: Output, now: () => number = () => performance.now()): ShownProgress {
  return output.isTTY === true ? bar(name) : lines(name, output, now);
}

function bar(name: string): ShownProgress {
  const shown = new SingleBar(
    {
      format: `${name} {bar} {percentage}%  {applied} of {of} events{speed}`,
      clearOnComplete: true,
      hideCursor: true,
    },
    Presets.shades_classic,
  );
  let isStarted = false;
  return {
    update(progress) {
      const { applied, total } = progress;
      const values = { applied: grouped(applied), of: grouped(total), speed: speedOf(progress) };
      if (!isStarted) shown.start(Math.max(1, total), applied, values);
      isStarted = true;
      shown.setTotal(Math.max(1, total));
      shown.update(total === 0 ? 1 : applied, values);
    },
    end: () => shown.stop(),
  };
}

function lines(name: string, output: Output, now: () => number): ShownProgress {
  let toldAt = now();
  let told = "";
  return {
    update(progress) {
      const line = `${name}: ${progressText(progress)}\n`;
      if (line === told || now() - toldAt < LINE_MS) return;
      [toldAt, told] = [now(), line];
      output.write(line);
    },
    end: () => {},
  };
}

/** `1,200 of 2,400 events (50 %), 1,000/s, 2 s left`. */
export function progressText(progress: BuildProgress): string {
  const { applied, total } = progress;
  const percent = applied >= total ? 100 : Math.min(99, Math.floor((applied / total) * 100));
  return `${grouped(applied)} of ${grouped(total)} events (${percent} %)${speedOf(progress)}`;
}

/** A number as people read it. */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function speedOf({ rate, etaSeconds, applied, total }: BuildProgress): string {
  if (applied >= total) return "";
  const speed = rate === undefined || rate === 0 ? "" : `, ${grouped(rate)}/s`;
  return etaSeconds === undefined ? speed : `${speed}, ${durationText(etaSeconds)} left`;
}

/** `59 s`, `12 min`, `3 h 20 min`. */
function durationText(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
