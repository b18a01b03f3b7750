/** Whether nobody listens on a port of this machine; 0 is always free. */
export function isFree(hostname: string, port: number): boolean {
  if (port === 0) return true;
  try {
    Bun.listen({ hostname, port, socket: { data() {} } }).stop(true);
    return true;
  } catch {
    return false;
  }
}
