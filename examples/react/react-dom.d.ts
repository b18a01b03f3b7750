// The one function that is used; `@types/react-dom` has the others.
declare module "react-dom/client" {
  export function createRoot(container: Element): { render(node: import("react").ReactNode): void; unmount(): void };
}
