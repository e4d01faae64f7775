import DataLoader from "dataloader";
import { type FieldNode, type GraphQLResolveInfo, OperationTypeNode } from "graphql";
import type { GraphQLContext } from "../../context.ts";
import { memoized } from "../../memo.ts";

/** Reads what belongs to several keys, each given once. Returns what tells it of each. */
type ReadKeys<V> = (keys: readonly string[]) => Promise<(key: string) => V>;

/** The loaders of one request. */
interface Known<V> {
  readonly byText: Map<string, DataLoader<string, V>>;
  /** All parents that a selection is resolved on share its nodes. */
  readonly bySelection: WeakMap<readonly FieldNode[], DataLoader<string, V>>;
}

/** What a loader reads. */
export interface Reading<V> {
  /** Stands for all that the result depends on, besides the caller: equal texts, one loader. */
  readonly text: string;
  readonly read: ReadKeys<V>;
}

/**
 * The loaders of requests: who reads alike in a request shares one, and what is asked for at the same time is one read.
 * A query remembers what it has read. A subscription goes on for long and a mutation writes in between: they don't.
 */
export class RequestLoaders<V> {
  readonly #sessions = new WeakMap<GraphQLContext["session"], Known<V>>();

  /** The loader of a selection; `reading` is asked for once for all its parents. */
  of(context: GraphQLContext, info: GraphQLResolveInfo, reading: () => Reading<V>): DataLoader<string, V> {
    const { session, services } = context;
    const { byText, bySelection } = this.#known(session);
    const known = bySelection.get(info.fieldNodes);
    if (known !== undefined) return known;
    const { text, read } = reading();
    const loader = memoized(
      byText,
      text,
      () =>
        new DataLoader<string, V>((keys) => readDistinct(keys, read), {
          cache: info.operation.operation === OperationTypeNode.QUERY,
          maxBatchSize: services.limits.maxInLength,
        }),
    );
    bySelection.set(info.fieldNodes, loader);
    return loader;
  }

  #known(session: GraphQLContext["session"]): Known<V> {
    const known = this.#sessions.get(session) ?? { byText: new Map(), bySelection: new WeakMap() };
    this.#sessions.set(session, known);
    return known;
  }
}

/** Without a cache, a loader asks for a key as often as it was asked for it. */
async function readDistinct<V>(keys: readonly string[], read: ReadKeys<V>): Promise<readonly V[]> {
  const valueOf = await read([...new Set(keys)]);
  return keys.map(valueOf);
}
