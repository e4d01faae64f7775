import type { Flags } from "../config/sources.ts";
import type { Build, BuildProgress, ProjectionState } from "../model/builds.ts";
import { namedProjection } from "../model/named-projection.ts";
import { progressText } from "./rebuild/build-progress.ts";
import { withSeenProjections } from "./rebuild/open-administration.ts";
import { formatTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** Lists projections and their builds: all, or one. */
export async function projections(
  name: string | undefined,
  { json, ...flags }: Flags,
  terminal: Terminal,
): Promise<void> {
  const all = await withSeenProjections(flags, terminal, async (administration) => await administration.list());
  const states = name === undefined ? all : [namedProjection(all, name, ({ builds }) => builds)];
  const { stdout, stderr } = terminal;
  if (json === true) stdout.write(`${JSON.stringify(states.map(describeProjection), undefined, 2)}\n`);
  else if (states.length === 0)
    stderr.write("There are no projections yet: a process with the role projector makes them.\n");
  else stdout.write(formatTable(["PROJECTION", "BUILD", "STATE", "PROGRESS"], states.flatMap(rowsOf), stdout.columns));
}

/** A projection as programs read it. */
function describeProjection({ builds, live, next }: ProjectionState): object {
  const described = (build: Build | undefined, progress?: BuildProgress): object | null =>
    build === undefined
      ? null
      : {
          id: build.id,
          since: build.since.toISOString(),
          collections: build.collections.map((name) => `${name}${build.suffix}`),
          ...progress,
        };
  const { name, topics, swap, previous } = builds;
  return {
    name,
    topics,
    swap,
    live: described(builds.live, live),
    next: described(builds.next, next),
    previous: described(previous),
  };
}

function rowsOf({ builds, live, next, isFollowed }: ProjectionState): readonly (readonly string[])[] {
  const row = (build: Build | undefined, state: string, progress?: BuildProgress): readonly (readonly string[])[] =>
    build === undefined ? [] : [[builds.name, build.id, state, progress === undefined ? "" : progressText(progress)]];
  return [
    ...row(builds.live, isFollowed ? "live" : "live, not followed", live),
    ...row(builds.next, "next", next),
    ...row(builds.previous, "previous"),
  ];
}
