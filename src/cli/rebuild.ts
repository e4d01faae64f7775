import { setTimeout as delay } from "node:timers/promises";
import type { Flags } from "../config/sources.ts";
import { EventQLError, isEventQLError } from "../errors.ts";
import type { Comparison, ProjectionState } from "../model/builds.ts";
import { namedProjection } from "../model/named-projection.ts";
import { grouped } from "./rebuild/build-progress.ts";
import { compareBuilds, comparisonLines, isAlike } from "./rebuild/compare-builds.ts";
import { followBuild } from "./rebuild/follow-build.ts";
import { type Administered, withProjections } from "./rebuild/open-administration.ts";
import type { Terminal } from "./terminal.ts";

/** What is asked of a rebuild. */
interface RebuildFlags {
  readonly json: boolean;
  readonly compare: boolean;
  /** Undefined: as it turns out. */
  readonly swap: boolean | undefined;
}

/** What has come of it. */
interface Rebuilt {
  readonly state: ProjectionState;
  /** Of the build that was made. */
  readonly build: string;
  readonly swapped: boolean;
  readonly seconds: number;
  readonly comparison: Comparison | undefined;
}

/**
 * Builds a projection anew beside the live one, and lets it take that one's place; or puts the previous build back, or
 * discards the next one. Returns the process's exit code: 0 where it is done, 1 where builds were compared and differ.
 * @throws EventQLError what is in the way.
 */
export async function rebuild(name: string, flags: Flags, terminal: Terminal): Promise<number> {
  const { restore, discard, compare, swap, json, ...others } = flags;
  checkTogether({ restore, discard, compare, swap });
  return await withProjections(others, terminal, async (administered) => {
    if (restore === true || discard === true)
      return await changeBuilds(name, restore === true ? "restore" : "discard", json === true, administered, terminal);
    const asked = {
      json: json === true,
      compare: compare === true,
      swap: typeof swap === "boolean" ? swap : undefined,
    };
    const rebuilt = await rebuildOne(name, asked, administered, terminal);
    tell(name, rebuilt, asked, terminal);
    return rebuilt.comparison === undefined || isAlike(rebuilt.comparison) ? 0 : 1;
  });
}

/** Putting back and discarding build nothing: what belongs to a build means nothing there. */
function checkTogether({ restore, discard, compare, swap }: Flags): void {
  const alone = [restore === true ? "--restore" : [], discard === true ? "--discard" : []].flat();
  const ofBuild = [
    compare === true ? "--compare" : [],
    swap === undefined ? [] : swap === true ? "--swap" : "--no-swap",
  ].flat();
  const [first, second] = [...alone, ...ofBuild];
  if (alone.length > 0 && second !== undefined)
    throw new EventQLError("BAD_USER_INPUT", `${first} and ${second} exclude each other: give one of them.`);
}

async function changeBuilds(
  name: string,
  what: "restore" | "discard",
  json: boolean,
  { projections }: Administered,
  { stdout }: Terminal,
): Promise<number> {
  const before = namedProjection(await projections.list(), name, ({ builds }) => builds).builds;
  const change = async (): Promise<ProjectionState> => await projections[what](name);
  // What there is to put back may be behind for a moment.
  const { builds } = await (what === "restore" && before.previous !== undefined ? whenReady(change) : change());
  const { live, previous } = builds;
  const gone = before.next ?? before.previous;
  if (json) stdout.write(`${JSON.stringify({ name, live: live.id, previous: previous?.id ?? null })}\n`);
  else if (what === "discard") stdout.write(`${name}: the build ${gone?.id} is discarded; ${live.id} stays live.\n`);
  else stdout.write(`${name}: the build ${live.id} is live again; ${previous?.id} is kept, and can be put back.\n`);
  return 0;
}

async function rebuildOne(
  name: string,
  { compare, swap }: RebuildFlags,
  administered: Administered,
  terminal: Terminal,
): Promise<Rebuilt> {
  const { projections } = administered;
  const byHand = compare || swap === false;
  const began = performance.now();
  const { builds } = namedProjection(await projections.list(), name, (state) => state.builds);
  const begun =
    builds.next === undefined ? (await projections.rebuild(name, { swap: byHand ? "manual" : "auto" })).builds : builds;
  const { next } = begun;
  if (next === undefined)
    throw new EventQLError("NOT_READY", `The build of ${name} was ended as soon as it was begun.`);
  if (builds.next !== undefined) {
    const hint =
      byHand && builds.swap === "auto" ? " It takes the live one's place by itself: begin it with --no-swap." : "";
    terminal.stderr.write(`${name}: the build ${next.id} is being made already.${hint}\n`);
  }
  const mayEnd = byHand || begun.swap === "manual";
  const followed = await followBuild({ name, id: next.id, mayEnd, administered, terminal });
  const isLive = followed.builds.live.id === next.id;
  const comparison = compare ? await compareBuilds(name, administered, terminal) : undefined;
  const wanted = swap ?? (comparison === undefined || isAlike(comparison));
  const state = wanted && !isLive ? await whenReady(async () => await projections.swap(name)) : followed;
  const seconds = (performance.now() - began) / 1_000;
  return { state, build: next.id, swapped: state.builds.live.id === next.id, seconds, comparison };
}

/** How often a swap is tried whose build is behind the live one for a moment, and ms between. */
const ATTEMPTS = 50;
const PAUSE_MS = 200;

async function whenReady<T>(swap: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await swap();
    } catch (error) {
      if (!isEventQLError(error, "NOT_READY") || attempt === ATTEMPTS) throw error;
    }
    await delay(PAUSE_MS);
  }
}

function tell(name: string, rebuilt: Rebuilt, { json }: RebuildFlags, { stdout }: Terminal): void {
  const { state, build, swapped, seconds, comparison } = rebuilt;
  const { live, previous } = state.builds;
  const events = (swapped ? state.live : state.next)?.applied ?? 0;
  if (json) {
    const described = { name, build, swapped, live: live.id, previous: previous?.id ?? null, events, seconds };
    stdout.write(`${JSON.stringify({ ...described, ...(comparison && { comparison }) })}\n`);
    return;
  }
  if (comparison !== undefined) stdout.write(comparisonLines(comparison));
  const made = `${grouped(events)} events in ${seconds.toFixed(1)} s`;
  if (swapped) {
    const kept = previous === undefined ? "" : `; ${previous.id} is kept: --restore puts it back`;
    stdout.write(`${name}: the build ${build} is live (${made})${kept}.\n`);
    return;
  }
  const how = "--swap lets it take the live one's place, --discard removes it";
  stdout.write(`${name}: the build ${build} is made (${made}); ${live.id} stays live: ${how}.\n`);
}
