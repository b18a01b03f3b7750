import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Action } from "../../../panel";
import { Icon } from "../parts/icon";

/** So many stand in a row; where there are more, the first one does, and a menu with the others. */
const FIT = 2;

interface OffersProps {
  /** What the row is called, for those who hear the page. */
  readonly name: string;
  readonly actions: readonly Action[];
  readonly onChoose: (action: Action) => void;
  /** Where there is room for all of them. */
  readonly isWide?: boolean;
}

/** What can be done to a row, as buttons. */
export function Offers({ name, actions, onChoose, isWide = false }: OffersProps) {
  const first = isWide || actions.length <= FIT ? actions : actions.slice(0, 1);
  const others = actions.slice(first.length);
  return (
    <div class="offers">
      {first.map((action) => (
        <button
          key={action.name}
          type="button"
          class={`button small ${action.isDangerous ? "danger-quiet" : ""}`}
          aria-label={`${action.title}: ${name}`}
          onClick={() => onChoose(action)}
        >
          {action.title}
        </button>
      ))}
      {others.length > 0 && <More name={name} actions={others} onChoose={onChoose} />}
    </div>
  );
}

function More({ name, actions, onChoose }: OffersProps) {
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);

  // Before anything is drawn: keys that are pressed next are for the menu.
  useLayoutEffect(() => {
    if (!isOpen) return;
    root.current?.querySelector<HTMLButtonElement>("[role=menuitem]")?.focus();
    const onPress = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", onPress);
    return () => document.removeEventListener("pointerdown", onPress);
  }, [isOpen]);

  const onKey = (event: KeyboardEvent) => {
    if (event.key === "Escape" || event.key === "Tab") {
      setOpen(false);
      if (event.key === "Escape") opener.current?.focus();
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const items = [...(root.current?.querySelectorAll<HTMLButtonElement>("[role=menuitem]") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLButtonElement);
    items.at((at + (event.key === "ArrowDown" ? 1 : -1)) % items.length)?.focus();
  };
  return (
    <div class="more" ref={root}>
      <button
        ref={opener}
        type="button"
        class="button small quiet square"
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-label={`More actions: ${name}`}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name="more" />
      </button>
      {isOpen && (
        <div class="menu" role="menu" tabIndex={-1} onKeyDown={onKey}>
          {actions.map((action) => (
            <button
              key={action.name}
              type="button"
              role="menuitem"
              class={action.isDangerous ? "menu-item danger-text" : "menu-item"}
              onClick={() => {
                setOpen(false);
                onChoose(action);
              }}
            >
              {action.title}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
