import type { Catalog } from "../catalog/types.ts";
import type { Config } from "../config.ts";
import type { Flags } from "../config/sources.ts";
import type { Stack } from "../compose.ts";
import { type Check, type Finding, runCheck } from "./doctor/finding.ts";
import { configOf, withStack } from "./session.ts";
import type { Terminal } from "./terminal.ts";

const MARK = { ok: "✓", note: "!", fault: "✗" } as const;

/** Looks at the servers, the schemas with their hints, the topics and the documents. Exit code 1 if anything is wrong. */
export async function doctor({ json, ...flags }: Flags, terminal: Terminal): Promise<number> {
  const config = await configOf({ logLevel: "silent", ...flags }, terminal);
  const findings: Finding[] = [];
  const tell = (found: readonly Finding[]): void => {
    findings.push(...found);
    if (json !== true) for (const finding of found) terminal.stdout.write(textOf(finding));
  };
  tell([{ level: "ok", subject: "settings", message: `the ${config.stack} stack` }]);
  await withStack(config, terminal, async (stack) => await examine(stack, config, tell));
  const faults = findings.filter(({ level }) => level === "fault").length;
  if (json === true) terminal.stdout.write(`${JSON.stringify(findings, undefined, 2)}\n`);
  else terminal.stdout.write(faults === 0 ? "\nEverything works.\n" : `\n${faults} of these need you.\n`);
  return faults === 0 ? 0 : 1;
}

async function examine(stack: Stack, config: Config, tell: (found: readonly Finding[]) => void): Promise<void> {
  const { serverChecks } = await import("./doctor/server-checks.ts");
  const answers = await Promise.all(serverChecks(stack, config).map(runCheck));
  answers.forEach(tell);
  const [log, registry, readModel] = answers.map((found) => found.every(({ level }) => level === "ok"));
  if (registry !== true) return;
  const catalog = await gather(stack, config, tell);
  if (readModel !== true) return;
  const { deadLetterCheck, topicChecks } = await import("./doctor/topic-checks.ts");
  if (log === true && catalog !== undefined) {
    let checks: readonly Check[] = [];
    const prepare = async (): Promise<readonly Finding[]> => {
      checks = await topicChecks(stack, catalog, config);
      return [];
    };
    tell(await runCheck({ subject: "topics", run: prepare }));
    for (const check of checks) tell(await runCheck(check));
  }
  tell(await runCheck(deadLetterCheck(stack)));
}

async function gather(
  { registry }: Stack,
  config: Config,
  tell: (found: readonly Finding[]) => void,
): Promise<Catalog | undefined> {
  const { gatherConfigured } = await import("../runtime/prepare.ts");
  const { apiFindings, folderCheck, schemaFindings } = await import("./doctor/schema-checks.ts");
  if (config.schemas !== undefined) tell(await runCheck(folderCheck(config.schemas)));
  let catalog: Catalog | undefined;
  const run = async (): Promise<readonly Finding[]> => {
    catalog = await gatherConfigured(registry, config);
    return schemaFindings(catalog, config);
  };
  tell(await runCheck({ subject: "schemas", run }));
  const gathered = catalog;
  if (gathered === undefined) return undefined;
  const build = async (): Promise<readonly Finding[]> => await Promise.resolve(apiFindings(gathered, config));
  tell(await runCheck({ subject: "GraphQL API", run: build }));
  return gathered;
}

function textOf({ level, subject, message, remedy }: Finding): string {
  const advice = remedy === undefined ? "" : `\n    → ${remedy}`;
  return `${MARK[level]} ${subject}: ${message.replaceAll("\n", "\n    ")}${advice}\n`;
}
