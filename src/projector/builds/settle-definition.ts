import type { Build, Builds } from "../../model/builds.ts";
import { type BuildOf, type ProjectionKey, anotherBuild, firstBuild } from "./build-key.ts";
import { type BuildStore, changeBuilds } from "./change-builds.ts";

/** A definition that a process has, and how it differs from one that is stored. */
export interface KnownDefinition extends ProjectionKey, BuildOf {
  /** Reads a stored definition; the changes that a rebuild is needed for, in words: none where it only adds. */
  readonly changesFrom: (stored: string) => readonly string[];
}

/** Which of its builds a definition makes. */
export type BuildRole = "live" | "next" | "previous";

/** What became of a definition. */
export interface SettledDefinition {
  readonly builds: Builds;
  readonly role: BuildRole;
  /** What of the live build's definition it changes, in words. */
  readonly changes: readonly string[];
}

/** What a process wants of a definition that no build was made by. */
export interface SettleOptions {
  /** Whether a build of it takes the place of the live one by itself. */
  readonly swap: Builds["swap"];
  /** @throws EventQLError why it can't be built anew. */
  readonly checkRebuild?: (live: Build) => Promise<void>;
  readonly now?: () => Date;
}

/**
 * Finds the build that a definition makes. One that is new is the live build's where there is none yet, and else a build
 * beside it; one that only adds to a build's changes it in place. A build that was put aside because another definition
 * took its place is wanted again, unless it was put back by hand.
 */
export async function settleDefinition(
  readModel: BuildStore,
  known: KnownDefinition,
  options: SettleOptions,
): Promise<SettledDefinition> {
  const { now = () => new Date() } = options;
  const builds = await changeBuilds(readModel, known, async (before) => {
    if (before === undefined) return { builds: first(known, options.swap, now()) };
    const role = roleOf(before, known);
    if (role === "previous" && before.swap === "auto")
      return { builds: { ...before, ...promoted(before, known), swap: options.swap } };
    if (role !== undefined) return isSaid(before[role], known) ? undefined : { builds: adopted(before, role, known) };
    await options.checkRebuild?.(before.live);
    const next = anotherBuild(known, known, before.revision, now());
    return { builds: { ...before, next, swap: options.swap } };
  });
  if (builds === undefined) throw new TypeError("a definition that is settled has builds");
  const role = roleOf(builds, known) ?? "next";
  return { builds, role, changes: role === "live" ? [] : known.changesFrom(builds.live.definition) };
}

/** Which build a definition makes; the live one before others that are made alike. */
function roleOf(builds: Builds, known: Pick<KnownDefinition, "changesFrom">): BuildRole | undefined {
  const roles = ["live", "next", "previous"] as const;
  return roles.find((role) => {
    const build = builds[role];
    return build !== undefined && makes(known, build);
  });
}

/** Whether a build is as the definition would have made it. */
export function makes({ changesFrom }: Pick<KnownDefinition, "changesFrom">, { definition }: Build): boolean {
  return changesFrom(definition).length === 0;
}

function first(known: KnownDefinition, swap: Builds["swap"], now: Date): Omit<Builds, "revision" | "topics"> {
  const { name, base } = known;
  return { name, base, live: firstBuild(known, known, now), next: undefined, previous: undefined, swap };
}

/** The previous build takes the place of the one that was to come. */
function promoted({ previous }: Builds, known: KnownDefinition): Pick<Builds, "next" | "previous"> {
  return { next: previous && withDefinition(previous, known), previous: undefined };
}

/** Builds of the same definition are all changed in place. */
function adopted(builds: Builds, role: BuildRole, known: KnownDefinition): Builds {
  const { definition } = builds[role] ?? builds.live;
  const adopt = <T extends Build | undefined>(build: T): T | Build =>
    build?.definition === definition ? withDefinition(build, known) : build;
  return { ...builds, live: adopt(builds.live), next: adopt(builds.next), previous: adopt(builds.previous) };
}

function withDefinition(build: Build, { definition, topics, collections }: BuildOf): Build {
  return { ...build, definition, topics: [...topics], collections: [...collections] };
}

function isSaid(build: Build | undefined, { definition, collections }: BuildOf): boolean {
  return build?.definition === definition && build.collections.length === collections.length;
}
