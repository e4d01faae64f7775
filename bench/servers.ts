/** Addresses of the real servers that a bench runs on. */
export interface Servers {
  readonly brokers: string;
  readonly registryUrl: string;
  readonly mongoUrl: string;
}
