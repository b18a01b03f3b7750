declare module "*/@scalar/api-reference/dist/browser/standalone.js" {
  /** Imported as a file: where it lies, in the compiled program too. */
  const path: string;
  export default path;
}
