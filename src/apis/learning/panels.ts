import { MAX_ROWS, type Panel } from "../../panel";
import type { Catalogue } from "./catalogue";
import type { CourseStore } from "./store";
import type { WatchedVideos } from "./watched";

interface Parts {
  readonly courses: CourseStore;
  readonly catalogue: Catalogue;
  readonly watched: WatchedVideos;
}

/** Of one course. */
const SHOWN = 500;

/** Courses, who takes them, and how far they are. */
export function classesPanel({ courses, catalogue, watched }: Parts): Panel {
  return {
    name: "classes",
    title: "Classes",
    columns: [
      { key: "title", title: "Course", kind: "text" },
      { key: "instructor", title: "Instructor", kind: "id" },
      { key: "students", title: "Students", kind: "number" },
      { key: "videos", title: "Videos", kind: "number" },
      { key: "created", title: "Created", kind: "time" },
      { key: "id", title: "Id", kind: "id" },
    ],
    actions: [],
    rows: async (search) =>
      (await courses.search(search, MAX_ROWS)).map(({ course, students, videos }) => ({
        id: course.id,
        title: course.title,
        instructor: course.instructorId,
        students,
        videos,
        created: course.createdAt,
      })),
    async details(id) {
      const course = catalogue.course(id);
      const titles = new Map((await courses.videos(course.id)).map((video) => [video.id, video.title]));
      const students = await courses.students(course.id, { limit: SHOWN, offset: 0 });
      const emails = new Map(students.map(({ userId, email }) => [userId, email]));
      return [
        {
          title: "Progress",
          columns: [
            { key: "student", title: "Student", kind: "text" },
            { key: "video", title: "Video", kind: "text" },
            { key: "percent", title: "Seen", kind: "percent" },
            { key: "seconds", title: "Furthest second", kind: "number" },
            { key: "updated", title: "Last report", kind: "time" },
          ],
          rows: watched
            .newest(course.id)
            .reverse()
            .map(({ userId, videoId, percentComplete, watchedSeconds, updatedAt }) => ({
              id: `${userId} ${videoId}`,
              student: emails.get(userId) ?? userId,
              video: titles.get(videoId) ?? videoId,
              percent: percentComplete,
              seconds: watchedSeconds,
              updated: updatedAt,
            })),
        },
        {
          title: "Students",
          columns: [
            { key: "id", title: "User", kind: "id" },
            { key: "email", title: "Email", kind: "text" },
            { key: "enrolled", title: "Enrolled", kind: "time" },
          ],
          rows: students.map(({ userId, email, createdAt }) => ({ id: userId, email, enrolled: createdAt })),
        },
      ];
    },
  };
}
