import { useLayoutEffect, useReducer } from "preact/hooks";

/** A value that parts of the page look at, and that draws them anew when it is another one. */
export class Source<T> {
  #value: T;
  readonly #listeners = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set value(value: T) {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener();
  }

  /** @returns ends it */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** What a source holds now; the component is drawn again with every other value. */
export function useSource<T>(source: Source<T>): T {
  const [, draw] = useReducer((count: number) => count + 1, 0);
  const { value } = source;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the value is what the effect waits for
  useLayoutEffect(() => {
    // It may have changed between the drawing and here.
    if (!Object.is(source.value, value)) draw(undefined);
    return source.subscribe(() => draw(undefined));
  }, [source]);
  return value;
}
