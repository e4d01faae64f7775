/** A public key as a JSON Web Key (RFC 7517). */
export type Jwk = Readonly<Record<string, unknown>>;

/** How tokens are checked: by exactly one of `jwksUrl`, `publicKey` and `secret`. */
export interface JwtConfig {
  /** Where the issuer publishes its keys (RFC 7517, section 5). */
  readonly jwksUrl?: string | undefined;
  /** PEM (a public key or a certificate), or a JWK as an object or as JSON. */
  readonly publicKey?: string | Jwk | undefined;
  /** Shared with the issuer, for HMAC: at least 32 bytes of UTF-8. */
  readonly secret?: string | undefined;
  /** Signatures to accept; default: all that are safe with the kind of key. */
  readonly algorithms?: readonly string[] | undefined;
  /** One of these must be the token's `iss`; default: any. */
  readonly issuer?: readonly string[] | undefined;
  /** One of these must be in the token's `aud`; default: any. */
  readonly audience?: readonly string[] | undefined;
  /** Seconds that the issuer's clock may differ from this one's. */
  readonly clockTolerance: number;
  /** Where the token names the role, with dots between steps: a text, or a list of which the first known one counts. */
  readonly roleClaim: string;
  /** The role of a token that names none; default: such a token is refused. */
  readonly defaultRole?: string | undefined;
}

/** An API key: either the key itself or, so that the configuration holds no secret, its hash. */
export interface ApiKeyConfig {
  /** Whose it is: the claim `sub`. */
  readonly name: string;
  readonly role: string;
  readonly key?: string | undefined;
  /** SHA-256 of the key's UTF-8, in hexadecimal. */
  readonly sha256?: string | undefined;
  /** More claims, for policies. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

/** How callers prove who they are. */
export interface AuthConfig {
  readonly jwt: JwtConfig | undefined;
  readonly apiKeys: readonly ApiKeyConfig[];
  /** The role of who presents nothing. */
  readonly anonymousRole: string;
  /** Whether who presents nothing is refused. */
  readonly required: boolean;
  /** The roles that may do everything. */
  readonly adminRoles: readonly string[];
  /** The roles that mean something, where that is known: of a token's list of roles, the first of these counts. */
  readonly knownRoles: readonly string[] | undefined;
}

/** The role of who presents nothing, where none is configured. */
export const ANONYMOUS = "anonymous";
