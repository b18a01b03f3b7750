// Every table, for the migrations that drizzle-kit writes. Code imports the table from the folder that owns it.
export * from "../apis/learning/tables";
export * from "../apis/live/tables";
export * from "../apis/requests/library/tables";
export * from "../apis/requests/tables";
export * from "../apis/studio/tables";
export * from "../domain/accounts/tables";
export * from "../domain/chat/tables";
export * from "../domain/keys/tables";
export * from "../domain/moderation/tables";
export * from "../domain/notifications/tables";
export * from "../domain/progress/tables";
export * from "../domain/tokens/tables";
