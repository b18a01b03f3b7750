export const playbackSettings = { port: 8080, rows: {} };
