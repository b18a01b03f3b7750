import type { Identity } from "../../domain/tokens/identity";
import { Refusal } from "../../refusal";
import type { Clock } from "../../runtime/clock";
import type { Ticker } from "../../runtime/ticker";
import type { Addition, Course, CourseStore, Enrollment, Review, Video } from "./store";

type Caller = Pick<Identity, "userId" | "roles">;

/** What may be changed of a course. */
type CourseChange = Partial<Pick<Course, "title" | "description">>;

/** A course as events need it: who teaches it and who may take it. */
interface Entry {
  course: Course;
  readonly students: Set<string>;
  usedAt: number;
}

const IDLE_MS = 600_000;
/** Past this the oldest are read from the database again when they are needed. */
const MAX_COURSES = 10_000;
const MAX_KNOWN_VIDEOS = 100_000;
/** Of one course; more are a mistake of a program. */
const MAX_VIDEOS = 1_000;

/**
 * Courses, their videos and their students. What events ask for is kept in memory while it is used, so that a report
 * of progress costs no query; everything is written through, since this process is the only one that writes.
 */
export class Catalogue {
  readonly #store: CourseStore;
  readonly #clock: Clock;
  readonly #courses = new Map<string, Entry>();
  readonly #videos = new Map<string, Video>();

  constructor(store: CourseStore, clock: Clock, ticker: Ticker) {
    this.#store = store;
    this.#clock = clock;
    ticker.every("forget idle courses", IDLE_MS / 10, () => this.#forgetIdle());
  }

  /** @throws Refusal `not_found` */
  course(id: string): Course {
    return this.#entry(id).course;
  }

  /** @throws Refusal `not_found` */
  video(id: string): Video {
    let video = this.#videos.get(id);
    if (video) return video;
    video = this.#store.findVideo(id);
    if (!video) throw new Refusal("not_found", "there is no such video", { field: "video_id" });
    if (this.#videos.size >= MAX_KNOWN_VIDEOS) this.#videos.delete(this.#videos.keys().next().value ?? "");
    this.#videos.set(id, video);
    return video;
  }

  /** Whether somebody teaches the course: its instructor, or an admin. */
  teaches({ userId, roles }: Caller, course: Course): boolean {
    return course.instructorId === userId || roles.includes("admin");
  }

  /** Whether somebody may take part in the course: enrolled, its instructor, or an admin. */
  takesPart(identity: Caller, courseId: string): boolean {
    const { course, students } = this.#entry(courseId);
    return students.has(identity.userId) || this.teaches(identity, course);
  }

  isStudent(userId: string, courseId: string): boolean {
    return this.#entry(courseId).students.has(userId);
  }

  /** The course, for somebody who may take part in it. @throws Refusal `not_found`, `permission_denied` */
  courseFor(identity: Caller, id: string): Course {
    const course = this.course(id);
    if (!this.takesPart(identity, id)) throw new Refusal("permission_denied", "you are not enrolled in this course");
    return course;
  }

  /** The course, for somebody who teaches it. @throws Refusal `not_found`, `permission_denied` */
  courseOf(identity: Caller, id: string): Course {
    const course = this.course(id);
    if (!this.teaches(identity, course)) throw new Refusal("permission_denied", "you do not teach this course");
    return course;
  }

  /** The video, for somebody who may take part in its course. @throws Refusal `not_found`, `permission_denied` */
  videoFor(identity: Caller, id: string): Video {
    const video = this.video(id);
    this.courseFor(identity, video.courseId);
    return video;
  }

  /** @throws Refusal `conflict` when the id is taken */
  async addCourse(course: Course): Promise<void> {
    if (!(await this.#store.add(course))) throw new Refusal("conflict", "id is taken", { field: "id" });
  }

  /** @returns the course as it is now, and what of it is not as it was */
  async changeCourse(
    id: string,
    given: { [Field in keyof CourseChange]?: string | undefined },
  ): Promise<{ course: Course; changes: CourseChange }> {
    const { title, description } = this.course(id);
    const changes: CourseChange = {
      ...(given.title !== undefined && given.title !== title && { title: given.title }),
      ...(given.description !== undefined && given.description !== description && { description: given.description }),
    };
    if (Object.keys(changes).length > 0) {
      const all = { ...changes, updatedAt: this.#clock.now() };
      await this.#store.change(id, all);
      const entry = this.#entry(id);
      entry.course = { ...entry.course, ...all };
    }
    return { course: this.course(id), changes };
  }

  /** @throws Refusal `conflict` when the id is taken, or the course is full of them */
  async addVideo(video: Video): Promise<void> {
    demandAdded(await this.#store.addVideo(video, MAX_VIDEOS), MAX_VIDEOS);
  }

  /** @returns the enrollment that holds, and whether it is this one */
  async enroll(enrollment: Enrollment): Promise<{ enrollment: Enrollment; isNew: boolean }> {
    const outcome = await this.#store.enroll(enrollment);
    this.#entry(enrollment.courseId).students.add(enrollment.userId);
    return outcome;
  }

  /** @throws Refusal `permission_denied` for those who are not enrolled */
  async review(review: Review): Promise<{ review: Review; isNew: boolean }> {
    if (!this.isStudent(review.userId, review.courseId)) {
      throw new Refusal("permission_denied", "only students of the course review it");
    }
    return this.#store.review(review);
  }

  /** The account is gone, and with it everything the person did as a student. */
  async forget(userId: string): Promise<void> {
    await this.#store.forget(userId);
    for (const { students } of this.#courses.values()) students.delete(userId);
  }

  #entry(id: string): Entry {
    let entry = this.#courses.get(id);
    if (!entry) {
      const course = this.#store.find(id);
      if (!course) throw new Refusal("not_found", "there is no such course", { field: "course_id" });
      entry = { course, students: new Set(this.#store.studentIds(id)), usedAt: 0 };
      if (this.#courses.size >= MAX_COURSES) this.#courses.delete(this.#courses.keys().next().value ?? "");
      this.#courses.set(id, entry);
    }
    entry.usedAt = this.#clock.elapsed();
    return entry;
  }

  #forgetIdle(): void {
    const since = this.#clock.elapsed() - IDLE_MS;
    for (const [id, { usedAt }] of this.#courses) if (usedAt < since) this.#courses.delete(id);
    for (const [id, { courseId }] of this.#videos) if (!this.#courses.has(courseId)) this.#videos.delete(id);
  }
}

/** @throws Refusal `conflict` */
export function demandAdded(outcome: Addition, max: number): void {
  if (outcome === "taken") throw new Refusal("conflict", "id is taken", { field: "id" });
  if (outcome === "full") throw new Refusal("conflict", `a course takes at most ${max} of these`);
}
