import { useEffect, useState } from "preact/hooks";
import { Icon, type IconName } from "./icon";

// The choice is on the root element, where the style sheet looks, and in the browser's storage, where `theme.ts` looks.

type Choice = "auto" | "light" | "dark";

const NEXT: Readonly<Record<Choice, Choice>> = { auto: "light", light: "dark", dark: "auto" };
const ICONS: Readonly<Record<Choice, IconName>> = { auto: "auto", light: "sun", dark: "moon" };
const WORDS: Readonly<Record<Choice, string>> = { auto: "as the system", light: "light", dark: "dark" };

function chosen(): Choice {
  const { theme } = document.documentElement.dataset;
  return theme === "light" || theme === "dark" ? theme : "auto";
}

function choose(choice: Choice): void {
  if (choice === "auto") {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem("headend-theme");
  } else {
    document.documentElement.dataset.theme = choice;
    localStorage.setItem("headend-theme", choice);
  }
  dispatchEvent(new Event("headend-theme"));
}

function isDark(): boolean {
  const choice = chosen();
  return choice === "dark" || (choice === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
}

/** Which of the two is shown. */
export function useTheme(): "light" | "dark" {
  const [dark, setDark] = useState(isDark);
  useEffect(() => {
    const look = () => setDark(isDark());
    const system = matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", look);
    addEventListener("headend-theme", look);
    return () => {
      system.removeEventListener("change", look);
      removeEventListener("headend-theme", look);
    };
  }, []);
  return dark ? "dark" : "light";
}

export function ThemeSwitch() {
  const [choice, setChoice] = useState(chosen);
  const turn = () => {
    choose(NEXT[choice]);
    setChoice(NEXT[choice]);
  };
  return (
    <button type="button" class="button quiet square" onClick={turn} title={`Colours: ${WORDS[choice]}`}>
      <Icon name={ICONS[choice]} />
      <span class="unseen">Colours: {WORDS[choice]}. Change</span>
    </button>
  );
}
