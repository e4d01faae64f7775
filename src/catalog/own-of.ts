/** What an object has under a name of its own: `constructor` and the like, which all objects have, count only if given. */
export function ownOf<T>(object: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
