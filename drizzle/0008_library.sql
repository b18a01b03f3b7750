CREATE TABLE `library_items` (
	`row` integer PRIMARY KEY NOT NULL,
	`id` text NOT NULL,
	`title` text NOT NULL,
	`type` text NOT NULL,
	`year` integer,
	`tmdb_id` text,
	`words` text NOT NULL,
	`compact` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `library_items_id_unique` ON `library_items` (`id`);--> statement-breakpoint
CREATE INDEX `library_items_title` ON `library_items` (`compact`);--> statement-breakpoint
CREATE TABLE `library_spellings` (
	`key` text NOT NULL,
	`stem` text NOT NULL,
	PRIMARY KEY(`key`, `stem`)
);
