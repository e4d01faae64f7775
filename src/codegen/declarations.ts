/** The width that lines are kept within, where TypeScript can be broken at all. */
const WIDTH = 120;

/** A property of an object type. */
export interface Member {
  readonly name: string;
  readonly type: string;
  readonly optional?: boolean;
  readonly doc?: string | undefined;
}

/** A branch of a union: the text of a literal, or an object's properties. */
export type Branch = string | readonly Member[];

/**
 * An exported object type, laid out as Prettier does. It is an alias: an interface could not be given to who asks for any
 * record of values.
 */
export function objectText(name: string, doc: string | undefined, members: readonly Member[]): string {
  return [...docLines(doc, 0), ...objectLines(`export type ${name} =`, members)].join("\n");
}

/** An exported alias of a union, or of its only branch, laid out as Prettier does. */
export function unionText(name: string, doc: string | undefined, branches: readonly Branch[]): string {
  const start = `export type ${name} =`;
  const inline = `${branches.map(inlineText).join(" | ")};`;
  const [only = [], ...others] = branches;
  const fitting = [[`${start} ${inline}`], [start, `  ${inline}`]].slice(0, isObject(only, others) ? 1 : 2);
  const lines =
    fitting.find((candidate) => candidate.every((line) => line.length <= WIDTH)) ??
    (others.length === 0 ? single(start, only) : [start, ...brokenLines(branches)]);
  return [...docLines(doc, 0), ...lines].join("\n");
}

/** An exported alias of a short type. */
export function aliasText(name: string, doc: string, text: string): string {
  return [...docLines(doc, 0), `export type ${name} = ${text};`].join("\n");
}

/** A doc comment of paragraphs; none where there is nothing to say. */
export function docLines(doc: string | undefined, indent: number): readonly string[] {
  const pad = " ".repeat(indent);
  const text = (doc ?? "").toWellFormed().replaceAll("*/", "*\\/").trim();
  if (text === "") return [];
  const lines = text.split(/\r\n|[\n\r\u2028\u2029]/);
  if (lines.length === 1) return [`${pad}/** ${text} */`];
  return [`${pad}/**`, ...lines.map((line) => `${pad} * ${line}`.trimEnd()), `${pad} */`];
}

/** Prettier has many ways to break what is too long: it is told to leave such a line alone. */
function memberText(member: Member, indent: number): string {
  const pad = " ".repeat(indent);
  const line = `${pad}${propertyText(member)};`;
  const ignore = line.length > WIDTH ? [`${pad}// prettier-ignore`] : [];
  return [...docLines(member.doc, indent), ...ignore, line].join("\n");
}

function propertyText({ name, optional = false, type }: Member): string {
  const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
  return `readonly ${key}${optional ? "?" : ""}: ${type}`;
}

function inlineText(branch: Branch): string {
  return typeof branch === "string" ? branch : `{ ${branch.map(propertyText).join("; ")} }`;
}

/** Whether a branch stands alone and is an object, which breaks inside only. */
function isObject(only: Branch, others: readonly Branch[]): boolean {
  return others.length === 0 && typeof only !== "string";
}

function single(start: string, branch: Branch): readonly string[] {
  return typeof branch === "string" ? [start, `  ${branch};`] : objectLines(start, branch);
}

function objectLines(start: string, members: readonly Member[]): readonly string[] {
  // An object type without properties would take any value.
  const lines =
    members.length === 0 ? ["  readonly [field: string]: never;"] : members.map((each) => memberText(each, 2));
  return [`${start} {`, ...lines, "};"];
}

function brokenLines(branches: readonly Branch[]): readonly string[] {
  return branches.flatMap((branch, index) => {
    const end = index === branches.length - 1 ? ";" : "";
    const line = `  | ${inlineText(branch)}${end}`;
    if (typeof branch === "string" || line.length <= WIDTH) return [line];
    return ["  | {", ...branch.map((member) => memberText(member, 6)), `    }${end}`];
  });
}
