import { type IssuerKey, inSeconds, sign } from "../../security/support/tokens.ts";

/** Those who knock at the doors. */
export const CALLERS = [
  "anonymous",
  "reader",
  "self",
  "claimless",
  "writer",
  "deleter",
  "importer",
  "stranger",
  "admin",
  "expired",
  "forged",
  "wrongKey",
  "twoProofs",
] as const;

export type Caller = (typeof CALLERS)[number];

/** What a caller presents, by the names of headers. */
export type Proofs = Readonly<Record<string, string>>;

/** The gateway's API key of the role importer. */
export const API_KEY = "the-importer's-own-key";

/** Whose rows the roles `reader` and `self` may see. */
export const OWNER = "ann";

/** What the reader's token says. */
export const READER: Readonly<Record<string, unknown>> = { role: "reader", sub: OWNER, strangers: ["foreign"] };

/** Makes what each caller presents. */
export async function proofsOf(issuer: IssuerKey, impostor: IssuerKey): Promise<Readonly<Record<Caller, Proofs>>> {
  const token = async (claims: Readonly<Record<string, unknown>>, key = issuer): Promise<Proofs> =>
    bearer(await sign(key, { exp: inSeconds(600), sub: OWNER, ...claims }));
  const importer = { "x-api-key": API_KEY };
  const admin = await token({ role: "admin", sub: "root" });
  return {
    anonymous: {},
    reader: await token(READER),
    self: await token({ role: "self" }),
    claimless: await token({ role: "reader", sub: undefined }),
    writer: await token({ role: "writer" }),
    deleter: await token({ role: "deleter" }),
    importer,
    stranger: await token({ role: "stranger" }),
    admin,
    expired: await token({ role: "admin", exp: inSeconds(-60) }),
    forged: await token({ role: "admin" }, impostor),
    wrongKey: { "x-api-key": `${API_KEY}-almost` },
    twoProofs: { ...admin, ...importer },
  };
}

/** The header of a token. */
export function bearer(token: string): Proofs {
  return { authorization: `Bearer ${token}` };
}
