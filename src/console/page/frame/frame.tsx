import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { PanelInfo } from "../../wire";
import { useRoute } from "../desk/route";
import { Icon } from "../parts/icon";
import { ThemeSwitch } from "../parts/theme";
import { Live } from "./live";
import { Navigation } from "./navigation";
import { Who } from "./who";

/** What is around every page: where one can go, how the stream is, who is here. */
export function Frame({ panels, children }: { panels: readonly PanelInfo[]; children: ComponentChildren }) {
  const [isOpen, setOpen] = useState(false);
  const route = useRoute();
  // On a phone the menu lies over the page: whoever has chosen wants to see what.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the way there is what the effect waits for
  useEffect(() => setOpen(false), [route]);
  useEffect(() => {
    if (!isOpen) return;
    const onKey = ({ key }: KeyboardEvent) => {
      if (key === "Escape") setOpen(false);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [isOpen]);
  return (
    <div class="frame" data-menu={isOpen ? "open" : undefined}>
      <button type="button" class="skip" onClick={() => document.getElementById("main")?.focus()}>
        To the content
      </button>
      <header class="bar-top">
        <button
          type="button"
          class="button quiet square menu-button"
          aria-expanded={isOpen}
          aria-controls="navigation"
          aria-label={isOpen ? "Close the menu" : "Open the menu"}
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name={isOpen ? "close" : "menu"} />
        </button>
        <a class="brand" href="/#/">
          <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
            <rect width="32" height="32" rx="8" />
            <path d="M10.5 21.5a7.8 7.8 0 0 1 0-11M21.5 10.5a7.8 7.8 0 0 1 0 11M16 18.5V25" />
            <circle cx="16" cy="16" r="2.9" />
          </svg>
          Headend
        </a>
        <Live />
        <span class="spacer" />
        <ThemeSwitch />
        <Who />
      </header>
      <Navigation panels={panels} route={route} />
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}
