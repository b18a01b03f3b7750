import source from "socket.io-client/dist/socket.io.js" with { type: "text" };

const PATHS = new Set(["/socket.io/socket.io.js", "/socket.io/socket.io.min.js"]);

/**
 * The browser client, which pages load from a Socket.IO server out of habit: it is always the version that fits.
 *
 * @returns undefined when the path is another one
 */
export function clientBundle(path: string): Response | undefined {
  if (!PATHS.has(path)) return undefined;
  return new Response(source, {
    headers: { "content-type": "text/javascript; charset=utf-8", "cache-control": "public, max-age=3600" },
  });
}
