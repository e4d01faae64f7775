import {
  type ASTVisitor,
  type DirectiveNode,
  GraphQLError,
  Kind,
  OperationTypeNode,
  type SelectionSetNode,
  type ValidationContext,
} from "graphql";
import type { Plugin } from "graphql-yoga";

/** What the rule uses of a validation. */
type RuleContext = Pick<ValidationContext, "getFragment" | "reportError">;

/** Refuses subscriptions whose one field may be left out: there would be nothing to follow. */
export function subscriptionRulesPlugin(): Plugin {
  return {
    onValidate: ({ addValidationRule }) => addValidationRule(unconditionalRootRule),
  };
}

/** `@skip` and `@include` don't stand on a subscription's own field: GraphQL, September 2025, "Single Root Field". */
function unconditionalRootRule(context: RuleContext): ASTVisitor {
  return {
    OperationDefinition: ({ operation, selectionSet }) => {
      if (operation === OperationTypeNode.SUBSCRIPTION) checkSelections(selectionSet, context, new Set());
    },
  };
}

function checkSelections(selectionSet: SelectionSetNode, context: RuleContext, seen: Set<string>): void {
  for (const selection of selectionSet.selections) {
    const conditional = selection.directives?.find(({ name }) => name.value === "skip" || name.value === "include");
    if (conditional !== undefined) context.reportError(refusal(conditional));
    if (selection.kind === Kind.INLINE_FRAGMENT) checkSelections(selection.selectionSet, context, seen);
    if (selection.kind !== Kind.FRAGMENT_SPREAD || seen.has(selection.name.value)) continue;
    seen.add(selection.name.value);
    const fragment = context.getFragment(selection.name.value);
    if (fragment) checkSelections(fragment.selectionSet, context, seen);
  }
}

function refusal(directive: DirectiveNode): GraphQLError {
  const message = `@${directive.name.value} can't stand on a subscription's own field: decide before you subscribe.`;
  return new GraphQLError(message, { nodes: directive, extensions: { code: "BAD_USER_INPUT" } });
}
