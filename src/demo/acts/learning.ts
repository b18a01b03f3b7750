import { INSTRUCTOR, type Person } from "../cast";
import {
  ANSWERS,
  COURSES,
  DESCRIPTIONS,
  FIRST_NAMES,
  LAST_NAMES,
  QUESTIONS,
  QUIZZES,
  REMARKS,
  REVIEWS,
  VIDEOS,
} from "../script/school";
import { ask, type Stage } from "../stage";

type Video = (typeof VIDEOS)[number];

interface Said {
  readonly user_id: string;
  readonly message: string;
}

const SEATS = 8;
const REPORT_MS = 4_000;
/** Each report is of so much of the lesson, which takes two minutes or so here. */
const SKIP_S = 20;
const SHIFT_MS = 20 * 60_000;
const STUDENTS: readonly Person[] = LAST_NAMES.flatMap((last) =>
  FIRST_NAMES.map((first) => {
    const name = `${first}.${last}`;
    return { id: `student_${name}`, name, email: `${name}@example.com` };
  }),
);
const REPLIES = new Map(QUESTIONS);

/** Students who come, watch, ask, are tested and say what they think; and an instructor who answers. */
export function playLearning(stage: Stage): void {
  const { random, pace, place } = stage;

  for (let seat = 1; seat <= SEATS; seat++) {
    stage.act(`seat ${seat}`, async () => {
      await pace.wait(1_000, 20_000);
      await attend(random.of(STUDENTS), random.of(VIDEOS));
    });
  }

  stage.act("the instructor", async () => {
    const token = await place.sign(INSTRUCTOR.id);
    const call = stage.rest("learning", token);
    await stage.with("learning", { token }, "", async (socket) => {
      for (const { id } of COURSES) await ask(socket, "join_course", { course_id: id });
      const until = pace.elapsed + SHIFT_MS;
      while (pace.elapsed < until && socket.connected) {
        await pace.wait(60_000, 120_000);
        await call.patch(`/api/v1/courses/${COURSES[0].id}`, { description: random.of(DESCRIPTIONS) });
      }
    });
  });

  // What is said does not name its video, so the instructor has a window for each.
  for (const { id } of VIDEOS) stage.act(`the instructor at ${id}`, () => tutor(id));

  /** One student's visit: from the door of the course to the quiz and the review. */
  async function attend({ id, name, email }: Person, video: Video): Promise<void> {
    const token = await place.sign(id, { username: name, email });
    const call = stage.rest("learning", token);
    await call.post(`/api/v1/courses/${video.course}/enroll`);
    await stage.with("learning", { token }, "", async (socket) => {
      await ask(socket, "join_course", { course_id: video.course });
      await ask(socket, "join_video", { video_id: video.id });
      for (let at = random.whole(0, video.seconds / 2); at < video.seconds && socket.connected; at += SKIP_S) {
        const progress = (at / video.seconds) * 100;
        await ask(socket, "video_progress", { video_id: video.id, course_id: video.course, progress, timestamp: at });
        if (random.isLikely(0.08)) await ask(socket, "send_chat_message", { video_id: video.id, message: remark() });
        await pace.wait(REPORT_MS, REPORT_MS * 1.5);
      }
      await ask(socket, "leave_video", { video_id: video.id });
    });
    const quiz = QUIZZES.find(({ course }) => course === video.course);
    if (quiz && random.isLikely(0.7)) {
      const answers = Object.fromEntries(
        quiz.questions.map(({ id, choices, answer }) => [
          id,
          random.isLikely(0.7) ? answer : random.of<string>(choices),
        ]),
      );
      await call.post(`/api/v1/quizzes/${quiz.id}/submissions`, { answers });
    }
    const [rating, comment] = random.of(REVIEWS);
    if (random.isLikely(0.4)) await call.post(`/api/v1/courses/${video.course}/reviews`, { rating, comment });
  }

  function remark(): string {
    return random.isLikely(0.6) ? random.of(QUESTIONS)[0] : random.of(REMARKS);
  }

  /** Reads along, and answers what is asked, by whomever. */
  async function tutor(video_id: string): Promise<void> {
    await stage.with("learning", { token: await place.sign(INSTRUCTOR.id) }, "", async (socket) => {
      const open: string[] = [];
      socket.on("new_chat_message", ({ user_id, message }: Said) => {
        if (user_id !== INSTRUCTOR.id && message.endsWith("?") && open.length < 3) open.push(message);
      });
      await ask(socket, "join_video", { video_id });
      const until = pace.elapsed + SHIFT_MS;
      while (pace.elapsed < until && socket.connected) {
        await pace.wait(3_000, 8_000);
        const question = open.shift();
        if (question === undefined) continue;
        await ask(socket, "send_chat_message", { video_id, message: REPLIES.get(question) ?? random.of(ANSWERS) });
      }
    });
  }
}
