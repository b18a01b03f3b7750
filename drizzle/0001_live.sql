CREATE TABLE `live_apps` (
	`app_id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`secret` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `live_streams` (
	`app_id` text NOT NULL,
	`stream_id` text NOT NULL,
	`title` text NOT NULL,
	`owner_id` text,
	`status` text NOT NULL,
	`started_at` integer,
	`ended_at` integer,
	`error` text,
	`peak_viewers` integer NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`app_id`, `stream_id`)
);
--> statement-breakpoint
CREATE TABLE `chat_messages` (
	`sequence` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`room` text NOT NULL,
	`user_id` text NOT NULL,
	`username` text NOT NULL,
	`text` text NOT NULL,
	`client_id` text,
	`created_at` integer NOT NULL,
	`deleted_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `chat_messages_id_unique` ON `chat_messages` (`id`);--> statement-breakpoint
CREATE INDEX `chat_messages_room` ON `chat_messages` (`room`,`sequence`);--> statement-breakpoint
CREATE INDEX `chat_messages_age` ON `chat_messages` (`created_at`);--> statement-breakpoint
CREATE UNIQUE INDEX `chat_messages_resend` ON `chat_messages` (`room`,`user_id`,`client_id`) WHERE client_id IS NOT NULL;--> statement-breakpoint
CREATE TABLE `moderation_log` (
	`sequence` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`scope` text NOT NULL,
	`moderator_id` text NOT NULL,
	`action` text NOT NULL,
	`target` text,
	`reason` text,
	`until` integer,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `moderation_log_scope` ON `moderation_log` (`scope`,`sequence`);--> statement-breakpoint
CREATE INDEX `moderation_log_age` ON `moderation_log` (`created_at`);--> statement-breakpoint
CREATE TABLE `moderators` (
	`scope` text NOT NULL,
	`user_id` text NOT NULL,
	PRIMARY KEY(`scope`, `user_id`)
);
--> statement-breakpoint
CREATE TABLE `restrictions` (
	`scope` text NOT NULL,
	`user_id` text NOT NULL,
	`kind` text NOT NULL,
	`until` integer,
	`moderator_id` text NOT NULL,
	`reason` text,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`scope`, `user_id`, `kind`)
);
--> statement-breakpoint
CREATE TABLE `slow_modes` (
	`scope` text PRIMARY KEY NOT NULL,
	`interval_ms` integer NOT NULL
);
