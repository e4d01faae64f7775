import { setTimeout as delay } from "node:timers/promises";
import { EventQLError } from "../../errors.ts";
import type { ProjectionState } from "../../model/builds.ts";
import { namedProjection } from "../../model/named-projection.ts";
import type { Terminal } from "../terminal.ts";
import { showProgress } from "./build-progress.ts";
import type { Administered } from "./open-administration.ts";

/** What to follow. */
export interface FollowOptions {
  readonly name: string;
  /** Of the build. */
  readonly id: string;
  /** Whether it is enough that it has caught up; else it is waited for until it is live. */
  readonly mayEnd: boolean;
  readonly administered: Administered;
  readonly terminal: Pick<Terminal, "stderr">;
  /** ms between two looks. Default 250. */
  readonly everyMs?: number;
  /** ms without an event after which it is said that nobody seems to build. Default 15,000. */
  readonly silenceMs?: number;
}

/**
 * Shows how far a build is until it has caught up, or is live.
 * @throws EventQLError `NOT_READY` where it is ended by somebody.
 */
export async function followBuild(options: FollowOptions): Promise<ProjectionState> {
  const { name, id, mayEnd, administered, terminal, everyMs = 250, silenceMs = 15_000 } = options;
  const shown = showProgress(name, terminal.stderr);
  let last = { applied: -1, at: performance.now() };
  let isToldSilent = false;
  try {
    for (;;) {
      const state = namedProjection(await administered.projections.list(), name, ({ builds }) => builds);
      if (state.builds.live.id === id) return state;
      const { next } = state;
      if (next === undefined || state.builds.next?.id !== id) throw ended(name, id);
      shown.update(next);
      if (mayEnd && hasCaughtUp(next)) return state;
      if (next.applied !== last.applied) last = { applied: next.applied, at: performance.now() };
      if (!isToldSilent && !hasCaughtUp(next) && performance.now() - last.at >= silenceMs) {
        isToldSilent = true;
        terminal.stderr.write(`${name}: ${SILENT[administered.maker]}\n`);
      }
      await delay(everyMs);
    }
  } finally {
    shown.end();
  }
}

const SILENT: Readonly<Record<Administered["maker"], string>> = {
  gateway:
    "nothing is built just now: does the gateway's stack have a process with the role projector? It is waited for.",
  projectors: "nothing is built just now: start a process with the role projector (eventql start). It is waited for.",
  self: "nothing is built just now: see the log above. It is waited for.",
};

function hasCaughtUp({ applied, total, joined }: NonNullable<ProjectionState["next"]>): boolean {
  return joined || applied >= total;
}

function ended(name: string, id: string): EventQLError {
  return new EventQLError(
    "NOT_READY",
    `The build ${id} of ${name} was ended: somebody discarded it, or began another.`,
  );
}
