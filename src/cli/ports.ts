/** Whether nobody listens on a port of this machine; 0 is always free. */
export function isFree(hostname: string, port: number): boolean {
  if (port === 0) return true;
  try {
    Bun.listen({ hostname, port, socket: { data() {} } }).stop(true);
    return true;
  } catch (error) {
    // A host without IPv6 has no `::`; the server takes `0.0.0.0` then.
    const isMissing = /^(EAFNOSUPPORT|EADDRNOTAVAIL)$/.test((error as { code?: string }).code ?? "");
    return hostname === "::" && isMissing ? isFree("0.0.0.0", port) : false;
  }
}
