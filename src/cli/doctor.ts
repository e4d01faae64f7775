import type { Catalog } from "../catalog/types.ts";
import type { Config } from "../config.ts";
import type { Flags } from "../config/sources.ts";
import type { Stack } from "../compose.ts";
import { counted } from "./counted.ts";
import { type Finding, type Tell, attempt, runCheck } from "./doctor/finding.ts";
import { configOf, withStack } from "./session.ts";
import type { Terminal } from "./terminal.ts";

const MARK = { ok: "✓", note: "!", fault: "✗" } as const;

/** Looks at the servers, the schemas with their hints, the topics and the documents. Exit code 1 if anything is wrong. */
export async function doctor({ json, ...flags }: Flags, terminal: Terminal): Promise<number> {
  const config = await configOf({ logLevel: "silent", ...flags }, terminal);
  const findings: Finding[] = [];
  const tell: Tell = (found) => {
    findings.push(...found);
    if (json !== true) for (const finding of found) terminal.stdout.write(textOf(finding));
  };
  tell([{ level: "ok", subject: "settings", message: `the ${config.stack} stack` }]);
  await withStack(config, terminal, async (stack) => await examine(stack, config, tell));
  terminal.stdout.write(json === true ? `${JSON.stringify(findings, undefined, 2)}\n` : `\n${summaryOf(findings)}\n`);
  return findings.some(({ level }) => level === "fault") ? 1 : 0;
}

async function examine(stack: Stack, config: Config, tell: Tell): Promise<void> {
  const { serverChecks } = await import("./doctor/server-checks.ts");
  const answers = await Promise.all(serverChecks(stack, config).map(runCheck));
  answers.forEach(tell);
  const [log, registry, readModel] = answers.map((found) => found.every(({ level }) => level === "ok"));
  if (registry !== true) return;
  const catalog = await examineSchemas(stack, config, tell);
  if (readModel !== true) return;
  const { deadLetterCheck, topicChecks } = await import("./doctor/topic-checks.ts");
  if (log === true && catalog !== undefined) {
    const run = async (): ReturnType<typeof topicChecks> => await topicChecks(stack, catalog, config);
    for (const check of (await attempt({ subject: "topics", run }, tell)) ?? []) tell(await runCheck(check));
  }
  tell(await runCheck(deadLetterCheck(stack)));
}

/** The catalog of the topics whose schemas are right; undefined where the registry doesn't give them. */
async function examineSchemas({ registry }: Stack, config: Config, tell: Tell): Promise<Catalog | undefined> {
  const { gatherCatalog } = await import("./gather-catalog.ts");
  const { apiFindings, folderCheck, schemaFindings } = await import("./doctor/schema-checks.ts");
  if (config.schemas !== undefined) tell(await runCheck(folderCheck(config.schemas)));
  const run = async (): ReturnType<typeof gatherCatalog> => await gatherCatalog(registry, config);
  const gathered = await attempt({ subject: "schemas", run }, tell);
  if (gathered === undefined) return undefined;
  const { catalog, problems } = gathered;
  tell(schemaFindings(gathered, config));
  // No server has the API of a part.
  if (problems.length > 0) return catalog;
  const build = async (): Promise<readonly Finding[]> => await Promise.resolve(apiFindings(catalog, config));
  tell(await runCheck({ subject: "GraphQL API", run: build }));
  return catalog;
}

function textOf({ level, subject, message, remedy }: Finding): string {
  const advice = remedy === undefined ? "" : `\n    → ${remedy}`;
  return `${MARK[level]} ${subject}: ${message.replaceAll("\n", "\n    ")}${advice}\n`;
}

function summaryOf(findings: readonly Finding[]): string {
  const faults = findings.filter(({ level }) => level === "fault").length;
  const notes = findings.filter(({ level }) => level === "note").length;
  if (faults > 0) return `${counted(faults, "fault")} (${MARK.fault}) to mend.`;
  return notes === 0 ? "Everything works." : `No faults. To know: ${counted(notes, "note")} (${MARK.note}).`;
}
