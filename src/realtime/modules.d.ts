declare module "socket.io-client/dist/socket.io.js" {
  /** Imported as text: the client as a browser loads it. */
  const source: string;
  export default source;
}
