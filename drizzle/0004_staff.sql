CREATE TABLE `live_staff` (
	`user_id` text PRIMARY KEY NOT NULL,
	`rank` integer NOT NULL
);
