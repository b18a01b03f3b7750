import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

interface OpensProps {
  readonly head: ComponentChildren;
  readonly class?: string;
  /** Made when it is opened: there may be hundreds, and nobody looks into most. */
  readonly body: () => ComponentChildren;
}

/** One line that opens to show more. */
export function Opens({ head, class: className, body }: OpensProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary class={className}>{head}</summary>
      {isOpen && body()}
    </details>
  );
}
