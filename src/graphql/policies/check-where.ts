import {
  type GraphQLInputObjectType,
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isLeafType,
  isListType,
} from "graphql";
import { didYouMean } from "../../catalog/problems.ts";
import { messageOf } from "../../errors.ts";
import { claimPath, isUnknownVariable } from "./claim-texts.ts";
import type { PolicyProblem } from "./policy-problems.ts";

/** What the check of a policy's `where` gathers. */
export interface WhereFindings {
  readonly problems: PolicyProblem[];
  /** The paths of the claims that it names. */
  readonly claims: Set<string>;
}

/** Checks a policy's `where` as GraphQL would check the argument, with claims standing for values. */
export function checkWhere(type: GraphQLInputObjectType, where: unknown, place: string, findings: WhereFindings): void {
  check(type, where, place, findings);
}

function check(given: GraphQLInputType, value: unknown, place: string, findings: WhereFindings): void {
  const type = getNullableType(given);
  const wrong = (problem: string, remedy: string): void => void findings.problems.push({ place, problem, remedy });
  const claim = claimPath(value);
  if (claim !== undefined) {
    if (isLeafType(getNamedType(type))) findings.claims.add(claim);
    else wrong("a claim stands where fields are expected", "Let it stand for a value: { eq: … }");
  } else if (isUnknownVariable(value)) wrong("this begins as a variable does, and is none", "Write $claims.<name>");
  else if (value === null || value === undefined) wrong("null is no value", "Ask with isNull, or leave it out");
  else if (isListType(type)) {
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    items.forEach((item, index) => check(type.ofType, item, `${place}[${index}]`, findings));
  } else if (isInputObjectType(type)) checkFields(type, value, place, findings);
  else if (isLeafType(type)) {
    try {
      type.parseValue(value);
    } catch (error) {
      wrong(`the value doesn't fit (${messageOf(error)})`, `Give a value of ${type.name}`);
    }
  }
}

function checkFields(type: GraphQLInputObjectType, value: unknown, place: string, findings: WhereFindings): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const remedy = "Write fields, as { owner: { eq: … } }";
    findings.problems.push({ place, problem: "a value stands where fields are expected", remedy });
    return;
  }
  const fields = type.getFields();
  for (const [name, given] of Object.entries(value)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field !== undefined) check(field.type, given, `${place}.${name}`, findings);
    else
      findings.problems.push({
        place: `${place}.${name}`,
        problem: `${type.name} has no field ${name}`,
        remedy: didYouMean(name, Object.keys(fields)),
      });
  }
}
