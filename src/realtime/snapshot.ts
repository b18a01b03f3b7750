/** No snapshot exceeds this: a slow link would be cut before it has taken it, and again when it comes back (CONTRACT §3.7). */
const MAX_BYTES = 256 * 1024;

/**
 * As many of the newest payloads as fit into one snapshot.
 *
 * @param oldestFirst in the order in which they are sent
 */
export function fitting<T>(oldestFirst: readonly T[]): readonly T[] {
  let bytes = 0;
  for (let index = oldestFirst.length - 1; index >= 0; index--) {
    // And what goes around each of them.
    bytes += Buffer.byteLength(JSON.stringify(oldestFirst[index])) + 32;
    if (bytes > MAX_BYTES) return oldestFirst.slice(index + 1);
  }
  return oldestFirst;
}
