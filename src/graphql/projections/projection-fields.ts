import {
  type GraphQLFieldConfig,
  type GraphQLFieldConfigMap,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLString,
} from "graphql";
import { EventQLError } from "../../errors.ts";
import type { Builds, ProjectionAdministration } from "../../model/builds.ts";
import { namedProjection } from "../../model/named-projection.ts";
import { permitAdministration } from "../administration.ts";
import type { GraphQLContext } from "../context.ts";
import { administrationGate } from "../subscription/gate.ts";
import { timeLeft } from "../query/time-left.ts";
import { openCounted } from "../subscription/open-stream.ts";
import type { StreamOptions } from "../subscription/stream.ts";
import { comparisonProgressType, comparisonType } from "./comparison-type.ts";
import { ComparisonWatch } from "./comparison-watch.ts";
import { ProgressWatch } from "./progress-watch.ts";
import { projectionType, swapType } from "./projection-types.ts";

type Field<Args> = GraphQLFieldConfig<unknown, GraphQLContext, Args>;
type Fields = GraphQLFieldConfigMap<unknown, GraphQLContext>;

interface Named {
  readonly name: string;
}

interface ComparisonArguments extends Named {
  readonly samples: number;
}

/** Differences that a comparison shows where nothing is said, and at most. */
const SAMPLES = 10;
const MAX_SAMPLES = 1_000;

const PROGRESS = "projectionProgress";
const COMPARISON = "projectionComparison";

const nameArgument = {
  type: new GraphQLNonNull(GraphQLString),
  description: "The topic of the documents, or the name of the projection in code.",
};

/** What administrators do with projections. */
export function projectionFields(): Readonly<Record<"queries" | "mutations" | "subscriptions", Fields>> {
  return {
    queries: { projections: projectionsField(), [COMPARISON]: comparisonField() },
    mutations: {
      rebuildProjection: rebuildField(),
      swapProjection: change(
        "swap",
        "Lets the next build take the live one's place, for all queries and subscriptions at once. For administrators.",
      ),
      restoreProjection: change("restore", "Puts the previous build back in the live one's place. For administrators."),
      discardProjection: change(
        "discard",
        "Ends the next build and removes its documents; where there is none, the previous one. For administrators.",
      ),
    },
    subscriptions: { [PROGRESS]: progressField(), [COMPARISON]: followedComparison() },
  };
}

function projectionsField(): Field<Partial<Record<"name", string | null>>> {
  return {
    type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(projectionType))),
    description: "The projections and their builds. For administrators.",
    args: { name: { type: GraphQLString, description: `${nameArgument.description} Default: all.` } },
    resolve: async (_root, { name }, context) => {
      const states = await administration(context, "see the projections").list();
      return name === null || name === undefined ? states : [namedProjection(states, name, ({ builds }) => builds)];
    },
  };
}

function rebuildField(): Field<Named & { readonly swap?: Builds["swap"] | null }> {
  return {
    type: new GraphQLNonNull(projectionType),
    description:
      "Begins to build the documents anew from the log, beside those that are read, in place of a next build that there may be. For administrators.",
    args: {
      name: nameArgument,
      swap: { type: swapType, description: "When it takes the live one's place. Default: the setting `swap`." },
    },
    resolve: async (_root, { name, swap }, context) =>
      await administration(context, "rebuild projections").rebuild(name, { swap: swap ?? undefined }),
  };
}

function change(
  what: keyof Pick<ProjectionAdministration, "swap" | "restore" | "discard">,
  description: string,
): Field<Named> {
  return {
    type: new GraphQLNonNull(projectionType),
    description,
    args: { name: nameArgument },
    resolve: async (_root, { name }, context) => await administration(context, `${what} projections`)[what](name),
  };
}

const comparisonArguments = {
  name: nameArgument,
  samples: {
    type: new GraphQLNonNull(GraphQLInt),
    defaultValue: SAMPLES,
    description: `How many differences to show, at most ${MAX_SAMPLES}.`,
  },
};

function comparisonField(): Field<ComparisonArguments> {
  return {
    type: new GraphQLNonNull(comparisonType),
    description:
      "Compares all documents of the next build, or else the previous one, with those of the live one. Where that takes longer than a query may, subscribe to it. For administrators.",
    args: comparisonArguments,
    resolve: async (_root, args, context) => {
      const projections = administration(context, "compare builds of projections");
      const ending = new AbortController();
      // Before the query itself is ended, which says less.
      const timer = setTimeout(() => ending.abort(tooLong()), 0.95 * timeLeft(context).ms);
      try {
        return await projections.compare(args.name, { samples: checkedSamples(args), signal: ending.signal });
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

function followedComparison(): Field<ComparisonArguments> {
  return {
    type: new GraphQLNonNull(comparisonProgressType),
    description:
      "Compares all documents of the next build, or else the previous one, with those of the live one, and tells how far it is until it ends with what was found. For administrators.",
    args: comparisonArguments,
    subscribe: async (_root, args, context) => {
      const projections = administration(context, "compare builds of projections");
      const options = { projections, name: args.name, samples: checkedSamples(args), logger: context.services.logger };
      return await openCounted(context, COMPARISON, {
        ...unlimited(context, "compare builds of projections"),
        openFeed: (sink) => ComparisonWatch.start(options, sink),
      });
    },
    resolve: (item) => item,
  };
}

function progressField(): Field<Named> {
  return {
    type: new GraphQLNonNull(projectionType),
    description: "A projection and its builds, at once, and then as it goes: about each second. For administrators.",
    args: { name: nameArgument },
    subscribe: async (_root, { name }, context) => {
      const projections = administration(context, "follow projections");
      const { logger } = context.services;
      return await openCounted(context, PROGRESS, {
        ...unlimited(context, "follow projections"),
        openFeed: (sink) => ProgressWatch.start({ projections, name, logger }, sink),
      });
    },
    resolve: (item) => (typeof item === "object" && item !== null && "state" in item ? item.state : undefined),
  };
}

/** What is told isn't of documents that a policy limits: who may administer is told all of it. */
function unlimited(context: GraphQLContext, what: string): Pick<StreamOptions<never>, "scope" | "after" | "openGate"> {
  return { scope: {}, after: undefined, openGate: (onExpired) => administrationGate(context, what, onExpired) };
}

function checkedSamples({ samples }: ComparisonArguments): number {
  if (samples >= 0 && samples <= MAX_SAMPLES) return samples;
  throw new EventQLError("BAD_USER_INPUT", `samples is ${samples}: give 0 to ${MAX_SAMPLES}.`);
}

function tooLong(): EventQLError {
  return new EventQLError(
    "LIMIT_EXCEEDED",
    `The comparison takes longer than a query may: subscribe to \`${COMPARISON}\`, which takes its time.`,
  );
}

/** @throws EventQLError `FORBIDDEN`. */
function administration(context: GraphQLContext, what: string): ProjectionAdministration {
  permitAdministration(context, what);
  return context.services.projections;
}
