// What is ordered in the studio, and what becomes of it.

export interface Order {
  readonly kind: "image" | "video" | "music" | "voice";
  readonly prompt: string;
}

export const ORDERS: readonly Order[] = [
  { kind: "image", prompt: "A goose as central banker, oil on canvas" },
  { kind: "image", prompt: "The office plant that knows too much" },
  { kind: "image", prompt: "Logo for a bakery on the moon, not too cheesy" },
  { kind: "image", prompt: "Rubber ducks listening to a bug report" },
  { kind: "image", prompt: "A castle made of unread emails at sunset" },
  { kind: "video", prompt: "Drone flight over a city of books, 4 seconds" },
  { kind: "video", prompt: "A turnip grows, but as a thriller" },
  { kind: "video", prompt: "Cat walks over keyboard, slow motion, heroic" },
  { kind: "music", prompt: "Lo-fi beats to wait for CI to" },
  { kind: "music", prompt: "A waltz for two vacuum cleaners" },
  { kind: "voice", prompt: "A dragon reads the terms and conditions" },
  { kind: "voice", prompt: "Grandma announces the train delays" },
];

export const STAGES: Readonly<Record<string, readonly string[]>> = {
  image: ["sketching", "painting", "adding too many fingers", "removing fingers", "framing"],
  video: ["storyboard", "rendering", "rendering the other half", "colour grading", "encoding"],
  music: ["humming", "composing", "mixing", "mastering"],
  voice: ["warming up", "recording", "cutting the coughs", "mastering"],
};

/** Of other kinds, which visitors may order. */
export const ANY_STAGES: readonly string[] = ["thinking", "working", "polishing"];

export const FAULTS: readonly (readonly [code: string, error: string])[] = [
  ["OUT_OF_MEMORY", "The goose did not fit into memory"],
  ["SAFETY", "Too cute, the filter melted"],
  ["RENDER_FAILED", "The renderer has asked for a day off"],
];

/** What happens in the project room. */
export const UPDATES: readonly { readonly status: string; readonly message: string }[] = [
  { status: "review", message: "GamerPro wants the logo bigger" },
  { status: "review", message: "MovieBuff wants the logo smaller" },
  { status: "in-progress", message: "A compromise on the logo is being drawn" },
  { status: "in-progress", message: "The intern has found the missing layer" },
  { status: "blocked", message: "Waiting for the client to find the attachment" },
  { status: "approved", message: "The client loves it and has only 14 remarks" },
  { status: "done", message: "Shipped. Nobody breathe." },
];
