import { didYouMean } from "../../catalog/problems.ts";

/** A sentence with the name that was probably meant, or with all that there are. */
export function nearest(wrong: string, known: readonly string[]): string {
  const advice = didYouMean(wrong, known);
  return advice.endsWith("?") ? advice : `${advice}.`;
}
