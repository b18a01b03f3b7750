import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface PageProps {
  readonly title: string;
  /** What it belongs to, over the title. */
  readonly group?: string;
  readonly about?: string;
  /** Buttons beside the title. */
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** The frame of a page: its title is in the tab, and has the focus when the operator comes here. */
export function Page({ title, group, about, aside, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Headend`;
    // Only a change of pages moves the focus: the first one was asked for by nobody on this page.
    if (document.body.dataset.isMoving === "true") heading.current?.focus({ preventScroll: true });
    document.body.dataset.isMoving = "true";
    scrollTo(0, 0);
  }, [title]);
  return (
    <>
      <header class="page-head">
        <div>
          {group && <p class="eyebrow">{group}</p>}
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {about && <p class="muted">{about}</p>}
        </div>
        {aside && <div class="page-aside">{aside}</div>}
      </header>
      {children}
    </>
  );
}
