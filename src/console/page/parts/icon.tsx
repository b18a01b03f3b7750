/** Drawn on a grid of 20 with the colour of the text around. */
const PATHS = {
  overview: "M3 16.5h14M5.5 13V9M10 13V4.5M14.5 13V7",
  log: "M4 5h12M4 10h12M4 15h7",
  try: "M4 4.5l12 5.5-12 5.5 2.5-5.5z",
  events: "M10 5.5C8.5 4.3 6 4 3.5 4v11c2.5 0 5 .3 6.5 1.5 1.5-1.2 4-1.5 6.5-1.5V4c-2.5 0-5 .3-6.5 1.5zM10 5.5v11",
  rest: "M7 5l-4 5 4 5M13 5l4 5-4 5",
  metrics: "M3 12h3l2.5-7 3 11 2.5-7 1 3h2",
  people:
    "M7.5 9.5a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM2.5 16c.3-2.8 2.3-4.3 5-4.3s4.7 1.5 5 4.3M13 4.2a2.7 2.7 0 0 1 0 5.1M14.5 12c1.7.5 2.8 1.9 3 4",
  menu: "M3 5.5h14M3 10h14M3 14.5h14",
  close: "M5 5l10 10M15 5L5 15",
  search: "M9 15a6 6 0 1 0 0-12 6 6 0 0 0 0 12zM13.5 13.5L17 17",
  copy: "M7 7h9v9H7zM13 7V4H4v9h3",
  done: "M4 10.5l4 4 8-9",
  more: "M4 10a.7.7 0 1 0 1.4 0 .7.7 0 1 0-1.4 0M9.3 10a.7.7 0 1 0 1.4 0 .7.7 0 1 0-1.4 0M14.6 10a.7.7 0 1 0 1.4 0 .7.7 0 1 0-1.4 0",
  up: "M10 16V4.5M5 9l5-5 5 5",
  down: "M10 4v11.5M5 11l5 5 5-5",
  warn: "M10 3l7.5 13.5h-15zM10 8v4M10 14.3h.01",
  sun: "M10 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM10 1.8v1.7M10 16.5v1.7M1.8 10h1.7M16.5 10h1.7M4.2 4.2l1.2 1.2M14.6 14.6l1.2 1.2M4.2 15.8l1.2-1.2M14.6 5.4l1.2-1.2",
  moon: "M16.5 11.8A7 7 0 0 1 8.2 3.5a7 7 0 1 0 8.3 8.3z",
  auto: "M10 3a7 7 0 1 0 0 14zM10 3a7 7 0 0 1 0 14",
  pause: "M7 4.5v11M13 4.5v11",
  play: "M6 4l10 6-10 6z",
  out: "M8 4H4v12h4M12 6.5l3.5 3.5-3.5 3.5M15 10H8",
  person: "M10 9.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4zM3.8 17c.4-3.2 2.9-5 6.2-5s5.8 1.8 6.2 5",
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration: whatever it stands on has words, too. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
