// What clients and servers say to each other, as types and nothing else. The package for npm has these written out
// (`build.ts`), so that its users need neither our sources nor a validator.

export type { LearningCommands, LearningEvents } from "../apis/learning/contract";
export type { LiveCommands, LiveEvents } from "../apis/live/contract";
export type { PlaybackCommands, PlaybackEvents } from "../apis/playback/contract";
export type { RequestsCommands, RequestsEvents, RequestsNamespace } from "../apis/requests/contract";
export type { StudioCommands, StudioEvents, StudioNamespace } from "../apis/studio/contract";
export type { RefusalCode } from "../refusal";
