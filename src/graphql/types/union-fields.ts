import type { UnionBranch, UnionType } from "../../catalog/types.ts";
import { namesBeside, uncapitalized } from "../names.ts";

/** A branch of a union with the field of its input that gives it. */
export interface UnionFieldPlan {
  readonly name: string;
  readonly branch: UnionBranch;
}

/** Names the fields of a union's input: the branch's short name, or its full one where two share the short one. */
export function planUnionFields({ branches }: UnionType): readonly UnionFieldPlan[] {
  const names = namesBeside([]);
  const shared = Map.groupBy(branches, ({ tag }) => shortName(tag));
  return branches.map((branch) => {
    const short = shortName(branch.tag);
    return { branch, name: names.take(shared.get(short)?.length === 1 ? short : branch.tag) };
  });
}

function shortName(tag: string): string {
  return uncapitalized(tag.slice(tag.lastIndexOf(".") + 1));
}
