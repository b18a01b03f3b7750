CREATE TABLE `media_downloads` (
	`request_id` text NOT NULL,
	`download_id` text NOT NULL,
	`downloaded_bytes` integer NOT NULL,
	`total_bytes` integer NOT NULL,
	`current_file` text,
	`speed` text NOT NULL,
	`eta` text NOT NULL,
	`reported_at` integer NOT NULL,
	PRIMARY KEY(`request_id`, `download_id`)
);
--> statement-breakpoint
CREATE TABLE `media_request_history` (
	`sequence` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`request_id` text NOT NULL,
	`from` text,
	`to` text NOT NULL,
	`by` text NOT NULL,
	`reason` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `media_request_history_of` ON `media_request_history` (`request_id`,`sequence`);--> statement-breakpoint
CREATE TABLE `media_requests` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`media_type` text NOT NULL,
	`tmdb_id` text NOT NULL,
	`title` text NOT NULL,
	`seasons` text,
	`status` text NOT NULL,
	`previous_status` text,
	`approved_by` text,
	`estimated_completion` integer,
	`reason` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `media_requests_of` ON `media_requests` (`user_id`,`updated_at`);--> statement-breakpoint
CREATE INDEX `media_requests_changed` ON `media_requests` (`updated_at`);--> statement-breakpoint
CREATE INDEX `media_requests_media` ON `media_requests` (`media_type`,`tmdb_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `media_requests_open` ON `media_requests` (`user_id`,`media_type`,`tmdb_id`) WHERE status IN ('pending', 'approved', 'downloading');--> statement-breakpoint
CREATE TABLE `user_activity` (
	`sequence` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`user_id` text NOT NULL,
	`username` text NOT NULL,
	`action` text NOT NULL,
	`details` text NOT NULL,
	`ip_address` text NOT NULL,
	`user_agent` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `user_activity_age` ON `user_activity` (`created_at`);--> statement-breakpoint
CREATE INDEX `user_activity_of` ON `user_activity` (`user_id`);