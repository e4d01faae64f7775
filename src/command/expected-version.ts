import type { CommandRejection, ExpectedVersion } from "../model/command.ts";

/** Why a command is refused whose key has another version than it expects; undefined: it has that one. */
export function versionConflict(
  expected: ExpectedVersion | undefined,
  current: number | undefined,
): CommandRejection | undefined {
  if (expected === undefined || isMet(expected, current)) return undefined;
  const found = current === undefined ? "there is no document of it" : `it has version ${current}`;
  const message = `The key's version should be ${expected}, but ${found}.`;
  return { code: "VERSION_CONFLICT", message, currentVersion: current ?? null };
}

function isMet(expected: ExpectedVersion, current: number | undefined): boolean {
  if (expected === "NO_STREAM") return current === undefined;
  return expected === "EXISTS" ? current !== undefined : current === expected;
}
