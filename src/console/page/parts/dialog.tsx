import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "./icon";

interface DialogProps {
  readonly title: string;
  /** A line under the title. */
  readonly about?: string | undefined;
  /** In the middle, or along the side. */
  readonly kind?: "box" | "drawer";
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** The browser's own modal dialog: it keeps the focus inside, closes with Escape and gives the focus back. */
export function Dialog({ title, about, kind = "box", onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const close = useRef(onClose);
  close.current = onClose;

  useLayoutEffect(() => {
    const element = dialog.current;
    if (!element) return;
    element.showModal();
    const onCancel = (event: Event) => {
      event.preventDefault();
      close.current();
    };
    // A press that began inside and ends outside is somebody marking text.
    const onPress = (event: Event) => {
      if (event.target === element) close.current();
    };
    element.addEventListener("cancel", onCancel);
    element.addEventListener("pointerdown", onPress);
    return () => {
      element.removeEventListener("cancel", onCancel);
      element.removeEventListener("pointerdown", onPress);
      element.close();
    };
  }, []);

  return (
    <dialog ref={dialog} class={kind} aria-labelledby={titleId}>
      <div class="dialog-sheet">
        <header class="dialog-head">
          <div>
            <h2 id={titleId}>{title}</h2>
            {about && <p class="muted">{about}</p>}
          </div>
          <button type="button" class="button quiet square" onClick={onClose} aria-label="Close">
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
