/** The value of a key, made the first time that it is asked for. */
export function memoized<K, V>(known: Map<K, V>, key: K, make: () => V): V {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}
