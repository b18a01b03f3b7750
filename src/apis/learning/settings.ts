export const learningSettings = { port: 5000, rows: {} };
