CREATE TABLE `studio_jobs` (
	`sequence` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`user_id` text NOT NULL,
	`kind` text NOT NULL,
	`prompt` text,
	`project_id` text,
	`status` text NOT NULL,
	`worker` text,
	`progress` real NOT NULL,
	`stage` text NOT NULL,
	`message` text,
	`url` text,
	`thumbnail_url` text,
	`metadata` text,
	`error` text,
	`code` text,
	`created_at` integer NOT NULL,
	`claimed_at` integer,
	`updated_at` integer NOT NULL,
	`finished_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `studio_jobs_id_unique` ON `studio_jobs` (`id`);--> statement-breakpoint
CREATE INDEX `studio_jobs_queue` ON `studio_jobs` (`status`,`sequence`);--> statement-breakpoint
CREATE INDEX `studio_jobs_queue_of_kind` ON `studio_jobs` (`status`,`kind`,`sequence`);--> statement-breakpoint
CREATE INDEX `studio_jobs_of` ON `studio_jobs` (`user_id`,`sequence`);--> statement-breakpoint
CREATE INDEX `studio_jobs_open` ON `studio_jobs` (`user_id`,`status`);--> statement-breakpoint
CREATE INDEX `studio_jobs_finished` ON `studio_jobs` (`finished_at`);--> statement-breakpoint
CREATE TABLE `studio_room_members` (
	`room` text NOT NULL,
	`user_id` text NOT NULL,
	PRIMARY KEY(`room`, `user_id`),
	FOREIGN KEY (`room`) REFERENCES `studio_rooms`(`room`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `studio_room_members_of` ON `studio_room_members` (`user_id`);--> statement-breakpoint
CREATE TABLE `studio_rooms` (
	`room` text PRIMARY KEY NOT NULL,
	`created_at` integer NOT NULL
);
