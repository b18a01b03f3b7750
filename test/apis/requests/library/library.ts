import { Library, type NewItem } from "../../../../src/apis/requests/library/search";
import { LibraryStore } from "../../../../src/apis/requests/library/store";
import { openStore, type Store } from "../../../../src/store/database";
import { temporaryFolder } from "../../../harness";

/** A library of some titles; `"Dune (2021)"` is one with a year. */
export class TestLibrary implements Disposable {
  readonly library: Library;
  readonly store: Store;
  readonly #folder: Disposable;

  private constructor(store: Store, folder: Disposable) {
    this.store = store;
    this.library = new Library(new LibraryStore(store));
    this.#folder = folder;
  }

  static async of(titles: readonly string[] = []): Promise<TestLibrary> {
    const folder = temporaryFolder();
    const shelf = new TestLibrary(await openStore(folder.path), folder);
    await shelf.library.put(titles.map(asItem));
    return shelf;
  }

  /** The titles that are found, best first. */
  async find(query: string): Promise<string[]> {
    return (await this.library.find(query)).map(({ title }) => title);
  }

  [Symbol.dispose](): void {
    this.store.close();
    this.#folder[Symbol.dispose]();
  }
}

function asItem(text: string): NewItem {
  const [, title = text, year] = /^(.*) \((\d{4})\)$/.exec(text) ?? [];
  return { id: text, title, type: "movie", year: year === undefined ? null : Number(year), tmdbId: null };
}
