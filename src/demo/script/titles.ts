// What the demo's library holds, what is asked for, and what is played.

export interface Title {
  readonly type: "movie" | "tv";
  readonly title: string;
  readonly year: number;
  readonly tmdbId: string;
}

const MOVIES: readonly (readonly [title: string, year: number, tmdbId: number])[] = [
  ["Inception", 2010, 27205],
  ["Interstellar", 2014, 157336],
  ["The Matrix", 1999, 603],
  ["Fight Club", 1999, 550],
  ["Pulp Fiction", 1994, 680],
  ["Forrest Gump", 1994, 13],
  ["The Godfather", 1972, 238],
  ["The Dark Knight", 2008, 155],
  ["Spirited Away", 2001, 129],
  ["Parasite", 2019, 496243],
  ["Dune", 2021, 438631],
  ["Arrival", 2016, 329865],
  ["Blade Runner 2049", 2017, 335984],
  ["Mad Max: Fury Road", 2015, 76341],
  ["The Princess Bride", 1987, 2493],
  ["Jurassic Park", 1993, 329],
  ["Alien", 1979, 348],
  ["Back to the Future", 1985, 105],
  ["The Truman Show", 1998, 37165],
  ["Groundhog Day", 1993, 137],
  ["The Big Lebowski", 1998, 115],
  ["Fargo", 1996, 275],
  ["Amélie", 2001, 194],
  ["Toy Story", 1995, 862],
  ["WALL·E", 2008, 10681],
  ["Up", 2009, 14160],
  ["Finding Nemo", 2003, 12],
  ["Ratatouille", 2007, 2062],
  ["The Shining", 1980, 694],
  ["Star Wars", 1977, 11],
  ["Titanic", 1997, 597],
  ["Gladiator", 2000, 98],
  ["Shrek", 2001, 808],
  ["Oldboy", 2003, 670],
  ["Memento", 2000, 77],
  ["Whiplash", 2014, 244786],
  ["La La Land", 2016, 313369],
  ["Her", 2013, 152601],
];

const SERIES: readonly (readonly [title: string, year: number, tmdbId: number])[] = [
  ["Breaking Bad", 2008, 1396],
  ["The Office", 2005, 2316],
  ["Severance", 2022, 95396],
  ["The Wire", 2002, 1438],
  ["Firefly", 2002, 1437],
  ["Twin Peaks", 1990, 1920],
  ["Dark", 2017, 70523],
  ["Chernobyl", 2019, 87108],
];

export const TITLES: readonly Title[] = [
  ...MOVIES.map(([title, year, id]) => ({ type: "movie" as const, title, year, tmdbId: String(id) })),
  ...SERIES.map(([title, year, id]) => ({ type: "tv" as const, title, year, tmdbId: String(id) })),
];

/** What somebody types, mistakes included. */
export const SEARCHES: readonly string[] = [
  "inception",
  "the matrx",
  "blade runner",
  "jurasic park",
  "amelie",
  "back to the futre",
  "sever",
  "breaking bad",
  "wall e",
  "the big lebowsky",
  "spirited",
  "star wars",
];

export const DECLINES: readonly string[] = [
  "We have this one twice already, look behind the couch.",
  "Ask again when the disk has stopped crying.",
  "House rule: no horror before exams.",
  "The director's cut of the director's cut does not exist.",
];

export const FAILURES: readonly string[] = [
  "Stalled at 43 %, as is tradition",
  "No seeders but one, and that one is asleep",
  "The disk is full of holiday pictures",
];
