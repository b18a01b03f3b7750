// `headend/client`: socket.io-client with the names and payloads of the five APIs known to the compiler. Nothing of the
// server comes along: what is imported from it are types.

export { type AskOptions, ask, type Question, type Reply } from "./ask";
export type { ConnectOptions, Token } from "./connect";
export { type ErrorCode, errorOf, HeadendError } from "./error";
export type * from "./events";
export { connectLearning, type LearningOptions, type LearningSocket } from "./learning";
export { connectLive, type LiveOptions, type LiveSocket } from "./live";
export { connectPlayback, type PlaybackOptions, type PlaybackSocket } from "./playback";
export { connectRequests, type RequestsOptions, type RequestsSocket } from "./requests";
export { connectStudio, type StudioOptions, type StudioSocket } from "./studio";
