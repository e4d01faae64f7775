import { serialize } from "node:v8";
import { keyLookup } from "../../read-model/query/key-lookup.ts";
import type { DocumentChange } from "../../read-model/read-model.ts";
import type { ChangeRequest } from "../change-feed.ts";
import { Item } from "./item.ts";
import { compileTests, meaningOf, type Tests } from "./meaning.ts";

/** One who is told what its group is told. */
export interface Member {
  receive(item: Item): void;
}

/** Who follows the same filters of the same collection. */
export interface Group {
  readonly aggregate: string;
  readonly tests: Tests;
  readonly members: Set<Member>;
}

/** A collection's groups: those that name documents by key are found by it, the others are all asked. */
interface CollectionGroups {
  readonly byKey: Map<string, Set<Group>>;
  readonly others: Set<Group>;
}

type Followed = Pick<ChangeRequest, "aggregate" | "collection" | "where" | "scope">;

/** Spreads changes: each is tested once a group, and all members of a group get the same item. */
export class Groups {
  readonly #groups = new Map<string, Group>();
  readonly #collections = new Map<string, CollectionGroups>();

  /** Adds a member to the group of its filters. Returns the group's tests, and what takes the member out again. */
  join(followed: Followed, member: Member): { readonly tests: Tests; readonly leave: () => void } {
    const name = nameOf(followed);
    const group = this.#groups.get(name) ?? this.#create(name, followed);
    group.members.add(member);
    const leave = (): void => {
      if (group.members.delete(member) && group.members.size === 0) this.#remove(name, followed, group);
    };
    return { tests: group.tests, leave };
  }

  /** Tells a change to the members of all groups to whom it means something. */
  tell(change: DocumentChange): void {
    const collection = this.#collections.get(change.collection);
    if (collection === undefined) return;
    for (const group of collection.byKey.get(change.id) ?? []) tellGroup(group, change);
    for (const group of collection.others) tellGroup(group, change);
  }

  #create(name: string, followed: Followed): Group {
    const group = { aggregate: followed.aggregate, tests: compileTests(followed), members: new Set<Member>() };
    this.#groups.set(name, group);
    const { byKey, others } = this.#collection(followed.collection);
    for (const key of keysOf(followed) ?? []) byKey.set(key, (byKey.get(key) ?? new Set()).add(group));
    if (keysOf(followed) === undefined) others.add(group);
    return group;
  }

  #remove(name: string, followed: Followed, group: Group): void {
    this.#groups.delete(name);
    const { byKey, others } = this.#collection(followed.collection);
    others.delete(group);
    for (const key of keysOf(followed) ?? []) {
      const groups = byKey.get(key);
      groups?.delete(group);
      if (groups?.size === 0) byKey.delete(key);
    }
    if (byKey.size === 0 && others.size === 0) this.#collections.delete(followed.collection);
  }

  #collection(name: string): CollectionGroups {
    const known = this.#collections.get(name);
    if (known !== undefined) return known;
    const created = { byKey: new Map<string, Set<Group>>(), others: new Set<Group>() };
    this.#collections.set(name, created);
    return created;
  }
}

function tellGroup({ aggregate, tests, members }: Group, change: DocumentChange): void {
  const meaning = meaningOf(change, tests);
  if (meaning === undefined) return;
  const { collection, position } = change;
  const item = new Item(meaning, { aggregate, collection, position, upTo: undefined });
  for (const member of members) member.receive(item);
}

function keysOf({ where, scope }: Followed): readonly string[] | undefined {
  return (keyLookup(where) ?? keyLookup(scope ?? {}))?.keys;
}

/** The same for equal filters, whatever values they hold: V8's form keeps kinds and the order of fields. */
function nameOf({ aggregate, collection, where, scope }: Followed): string {
  return serialize([aggregate, collection, where, scope]).toString("latin1");
}
