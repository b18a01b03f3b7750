CREATE TABLE `learning_courses` (
	`id` text PRIMARY KEY NOT NULL,
	`title` text NOT NULL,
	`description` text NOT NULL,
	`instructor_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `learning_enrollments` (
	`course_id` text NOT NULL,
	`user_id` text NOT NULL,
	`id` text NOT NULL,
	`email` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`course_id`, `user_id`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `learning_enrollments_id_unique` ON `learning_enrollments` (`id`);--> statement-breakpoint
CREATE INDEX `learning_enrollments_user` ON `learning_enrollments` (`user_id`);--> statement-breakpoint
CREATE TABLE `learning_quizzes` (
	`id` text PRIMARY KEY NOT NULL,
	`course_id` text NOT NULL,
	`title` text NOT NULL,
	`pass_score` real NOT NULL,
	`questions` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `learning_quizzes_course` ON `learning_quizzes` (`course_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `learning_reviews` (
	`course_id` text NOT NULL,
	`user_id` text NOT NULL,
	`id` text NOT NULL,
	`email` text NOT NULL,
	`rating` integer NOT NULL,
	`comment` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`course_id`, `user_id`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `learning_reviews_id_unique` ON `learning_reviews` (`id`);--> statement-breakpoint
CREATE INDEX `learning_reviews_user` ON `learning_reviews` (`user_id`);--> statement-breakpoint
CREATE TABLE `learning_submissions` (
	`sequence` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`quiz_id` text NOT NULL,
	`user_id` text NOT NULL,
	`score` real NOT NULL,
	`passed` integer NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `learning_submissions_id_unique` ON `learning_submissions` (`id`);--> statement-breakpoint
CREATE INDEX `learning_submissions_quiz` ON `learning_submissions` (`quiz_id`,`user_id`,`sequence`);--> statement-breakpoint
CREATE INDEX `learning_submissions_user` ON `learning_submissions` (`user_id`);--> statement-breakpoint
CREATE TABLE `learning_videos` (
	`id` text PRIMARY KEY NOT NULL,
	`course_id` text NOT NULL,
	`title` text NOT NULL,
	`duration_seconds` real NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `learning_videos_course` ON `learning_videos` (`course_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `learning_watched` (
	`user_id` text NOT NULL,
	`video_id` text NOT NULL,
	`course_id` text NOT NULL,
	`watched_seconds` real NOT NULL,
	`percent_complete` real NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `video_id`)
);
--> statement-breakpoint
CREATE INDEX `learning_watched_course` ON `learning_watched` (`course_id`,`updated_at`);