// Who and what is there when the demo begins. The ids of the first part are those of the documents' examples.

export const GAMER = { id: "user_abc123", name: "GamerPro", email: "gamerpro@example.com" } as const;
export const FRIEND = { id: "user_xyz789", name: "MovieBuff", email: "moviebuff@example.com" } as const;
export const ADMIN = { id: "admin", name: "Admin", email: "admin@example.com" } as const;
export const INSTRUCTOR = { id: "instructor", name: "Dr. Ada Byte", email: "instructor@example.com" } as const;

/** Accounts of Headend's own: with passwords, and roles from the start. */
export const ACCOUNTS = [
  { ...GAMER, roles: [] },
  { ...FRIEND, roles: [] },
  { ...ADMIN, roles: ["admin"] },
  { ...INSTRUCTOR, roles: ["instructor"] },
] as const;

export const MOVIE = "123-456";
export const INCEPTION = { mediaType: "movie", tmdbId: "27205", title: "Inception" } as const;
export const ROOM = "project-123";
export const APP = "app_xyz789";
export const STREAM = "stream_qwe456";
export const COURSE = "course123";
export const OTHER_COURSE = "abc123";
export const VIDEO = "video123";

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

/** Somebody of the simulation, whose id is made of the name. */
function person(name: string): Person {
  const word = name.toLowerCase().replace(/[^a-z0-9]+/g, "_");
  return { id: `demo_${word}`, name, email: `${word}@example.com` };
}

export const STREAMER = person("CaptainTurnip");
export const MODERATOR = person("ModMaude");
export const TROLLS = ["xX_SpoilKing_Xx", "FreeTurnips4U", "ActuallyGuy"].map(person);
export const VIEWERS = [
  "MochaMuffin",
  "PixelPirate",
  "CouchPotato9000",
  "SirLagsALot",
  "TeaAndTests",
  "LootLlama",
  "QueenOfQueues",
  "ByteSizedBen",
  "SleepyZoe",
  "GrandmaGigabyte",
  "KernelPanicKim",
  "FriedRiceFan",
  "DuctTapeDan",
  "OopsAllBugs",
  "VelvetVoxel",
  "404Chill",
  "NachoAverageJo",
  "WaffleWarden",
  "TabsNotSpaces",
  "MildlyHaunted",
].map(person);
