import {
  GraphQLBoolean,
  GraphQLEnumType,
  GraphQLFloat,
  GraphQLID,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLString,
} from "graphql";
import type { Build, BuildProgress, Builds, ProjectionState } from "../../model/builds.ts";
import type { GraphQLContext } from "../context.ts";
import { DateTimeScalar, LongScalar } from "../types/scalars.ts";
import { given, needed } from "../types/described-field.ts";

/** A build as it is shown. */
interface ShownBuild {
  readonly build: Build;
  readonly state: "LIVE" | "NEXT" | "PREVIOUS";
  /** Undefined: nobody follows it. */
  readonly progress: BuildProgress | undefined;
}

const buildState = new GraphQLEnumType({
  name: "ProjectionBuildState",
  description: "What becomes of a build.",
  values: {
    LIVE: { description: "Queries and subscriptions read it." },
    NEXT: { description: "It is made, and is to take the live one's place." },
    PREVIOUS: { description: "It was read before, and can be put back." },
  },
});

/** When a build takes the place of the one that is read. */
export const swapType: GraphQLEnumType = new GraphQLEnumType({
  name: "ProjectionSwap",
  description: "When the next build takes the live one's place.",
  values: {
    AUTO: { value: "auto", description: "As soon as it is as far." },
    MANUAL: { value: "manual", description: "When it is told to, by `swapProjection`." },
  },
});

const progressType = new GraphQLObjectType<BuildProgress, GraphQLContext>({
  name: "ProjectionProgress",
  description: "How far a build is.",
  fields: {
    applied: needed(LongScalar, "Events that it has applied, or passed over.", ({ applied }) => String(applied)),
    total: needed(LongScalar, "Those that the log has.", ({ total }) => String(total)),
    percent: needed(GraphQLFloat, "How many of a hundred that are.", percentOf),
    rate: given(GraphQLFloat, "Events per second, over the last seconds; null: not known.", ({ rate }) => rate),
    etaSeconds: given(
      GraphQLFloat,
      "Seconds until it has caught up, at that rate; null: not known.",
      ({ etaSeconds }) => etaSeconds,
    ),
    joined: needed(
      GraphQLBoolean,
      "Whether it stands where the live build stands, and moves with it.",
      ({ joined }) => joined,
    ),
  },
});

const buildType = new GraphQLObjectType<ShownBuild, GraphQLContext>({
  name: "ProjectionBuild",
  description: "One making of a projection's documents.",
  fields: {
    id: needed(GraphQLID, "Of its definition.", ({ build }) => build.id),
    state: needed(buildState, "What becomes of it.", ({ state }) => state),
    since: needed(DateTimeScalar, "When it was begun.", ({ build }) => build.since.toISOString()),
    collections: needed(listOf(GraphQLString), "Where its documents are.", ({ build }) =>
      build.collections.map((collection) => `${collection}${build.suffix}`),
    ),
    progress: given(progressType, "How far it is; null: nobody follows it.", ({ progress }) => progress),
  },
});

/** A projection and its builds. */
export const projectionType: GraphQLObjectType<ProjectionState, GraphQLContext> = new GraphQLObjectType<
  ProjectionState,
  GraphQLContext
>({
  name: "ProjectionStatus",
  description: "A projection, and the builds of its documents.",
  fields: {
    name: needed(
      GraphQLString,
      "The topic whose documents they are, or the name of the projection in code.",
      ({ builds }) => builds.name,
    ),
    topics: needed(listOf(GraphQLString), "The topics that they are made of.", ({ builds }) => builds.topics),
    swap: needed(swapType, "When the next build takes the live one's place.", ({ builds }) => builds.swap),
    isFollowed: needed(
      GraphQLBoolean,
      "Whether new events are applied to the live build; where not, it stays as it is until the next one takes its place.",
      ({ isFollowed }) => isFollowed,
    ),
    builds: needed(listOf(buildType), "The live one first.", shownBuilds),
  },
});

function shownBuilds({ builds, live, next }: ProjectionState): readonly ShownBuild[] {
  const shown = (name: keyof Pick<Builds, "next" | "previous">, progress?: BuildProgress): readonly ShownBuild[] => {
    const build = builds[name];
    return build === undefined ? [] : [{ build, state: name === "next" ? "NEXT" : "PREVIOUS", progress }];
  };
  return [{ build: builds.live, state: "LIVE", progress: live }, ...shown("next", next), ...shown("previous")];
}

/** Whole only where nothing is left. */
function percentOf({ applied, total }: BuildProgress): number {
  return applied >= total ? 100 : Math.min(99.9, Math.floor((applied / total) * 1000) / 10);
}

function listOf(type: GraphQLOutputType): GraphQLOutputType {
  return new GraphQLList(new GraphQLNonNull(type));
}
